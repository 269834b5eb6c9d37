import { count, counted } from '../../../base/format.ts';
import { figure, HALF } from '../charts/figure.ts';
import { lineChart, smoothed } from '../charts/lineChart.ts';
import { metricTitle, score } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { EvaluationPoint, ReportData, StepPoint } from '../types.ts';
import { section } from './section.ts';

const HEIGHT = 250;

/** Loss and dev metric over the steps; how training went. */
export function training(data: ReportData): Html {
  const { steps, bestStep } = data.history;
  const last = steps.at(-1);
  if (!last) {
    return section(
      'training',
      'Training',
      'Loss and dev metric.',
      html`<p>No step of training was recorded.</p>`,
    );
  }
  const metric = data.verdict.metric;
  const evaluations = data.history.evaluations.filter(
    ({ split, metrics }) => split === 'dev' && metric in metrics,
  );
  return section(
    'training',
    'Training',
    html`${counted(last.step, 'step')}.${bestStep !== undefined && html` The checkpoint of step ${count(bestStep)} was the best on dev.`}`,
    html`<div class="pair">${lossFigure(steps)}${
      evaluations.length > 0 ? devFigure(evaluations, metric, bestStep) : undefined
    }${gradientFigure(steps)}${rateFigure(steps)}</div>`,
  );
}

function lossFigure(steps: readonly StepPoint[]): Html {
  const points = steps.map(({ step, loss }) => [step, loss] as const);
  const smooth = smoothed(points, Math.max(2, Math.round(points.length / 25)));
  const [first, last] = [smooth[0]?.[1] ?? Number.NaN, smooth.at(-1)?.[1] ?? Number.NaN];
  return figure({
    id: 'loss',
    title: 'Training loss',
    description: `From ${score(first)} at the first step to ${score(last)} at the last, as a running mean.`,
    width: HALF,
    legend: [
      { key: 'raw', shape: 'line', text: 'each step' },
      { key: 'tuned', shape: 'line', text: 'running mean' },
    ],
    draw: (width) => ({
      height: HEIGHT,
      marks: lineChart({
        width,
        height: HEIGHT,
        xTitle: 'step',
        yTitle: '',
        fromZero: true,
        series: [
          { key: 'raw', points },
          { key: 'tuned', points: smooth },
        ],
      }),
    }),
    table: stepTable(steps, 'Loss', (point) => score(point.loss, 4)),
  });
}

function devFigure(
  evaluations: readonly EvaluationPoint[],
  metric: string,
  bestStep: number | undefined,
): Html {
  const points = evaluations.map(({ step, metrics }) => [step, metrics[metric] as number] as const);
  const start = points.find(([step]) => step === 0)?.[1];
  const best = points.find(([step]) => step === bestStep);
  const name = metricTitle(metric);
  return figure({
    id: 'dev',
    title: `${name} on dev`,
    description: points.map(([step, value]) => `Step ${step}: ${score(value)}.`).join(' '),
    width: HALF,
    legend: [
      { key: 'tuned', shape: 'line', text: 'during training' },
      ...(start === undefined ? [] : [{ key: 'level', shape: 'dash', text: 'base model' } as const]),
    ],
    draw: (width) => ({
      height: HEIGHT,
      marks: lineChart({
        width,
        height: HEIGHT,
        xTitle: 'step',
        yTitle: '',
        shares: true,
        series: [{ key: 'tuned', points, dots: points.length <= 60 }],
        ...(start === undefined ? {} : { level: { value: start, text: '' } }),
        ...(best === undefined ? {} : { mark: { x: best[0], y: best[1], text: `best ${score(best[1])}` } }),
      }),
    }),
    table: {
      head: ['Step', name],
      rows: points.map(([step, value]) => [count(step), score(value, 4)]),
    },
  });
}

const gradientFigure = (steps: readonly StepPoint[]): Html =>
  simple('gradient', 'Norm of the gradients', 'before clipping', steps, (point) => point.gradNorm, 3);

const rateFigure = (steps: readonly StepPoint[]): Html =>
  simple('rate', 'Tokens per second', 'real tokens, no padding', steps, (point) => point.tokensPerSecond, 0);

function simple(
  id: string,
  title: string,
  text: string,
  steps: readonly StepPoint[],
  read: (point: StepPoint) => number,
  digits: number,
): Html {
  const points = steps.map((point) => [point.step, read(point)] as const);
  const mean = points.reduce((sum, [, value]) => sum + value, 0) / points.length;
  return figure({
    id,
    title,
    description: `Over ${count(steps.length)} steps; mean ${score(mean, digits)}.`,
    width: HALF,
    legend: [{ key: 'raw-strong', shape: 'line', text }],
    draw: (width) => ({
      height: 190,
      marks: lineChart({
        width,
        height: 190,
        xTitle: 'step',
        yTitle: '',
        fromZero: true,
        series: [{ key: 'raw-strong', points }],
      }),
    }),
    table: stepTable(steps, title, (point) => score(read(point), digits)),
  });
}

/** At most 20 rows, evenly spread. */
function stepTable(steps: readonly StepPoint[], name: string, write: (point: StepPoint) => string) {
  const rows = Math.min(20, steps.length);
  const at = (i: number) => steps[Math.round((i * (steps.length - 1)) / Math.max(1, rows - 1))] as StepPoint;
  return {
    head: ['Step', name],
    rows: Array.from({ length: rows }, (_, i) => [count(at(i).step), write(at(i))]),
  };
}
