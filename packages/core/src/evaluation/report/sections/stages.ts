import { count, counted } from '../../../base/format.ts';
import { figure } from '../charts/figure.ts';
import { waterfallChart, waterfallHeight } from '../charts/waterfallChart.ts';
import { interval, metricTitle, pValue, score, signed } from '../format.ts';
import { excerpt, type Html, html } from '../html.ts';
import type { ReportData, StageReport } from '../types.ts';
import { section, theirs } from './section.ts';

/** The pipeline as a waterfall: what each stage adds to the one before it. Nothing without stages. */
export function stages({ stages: all = [], split, verdict }: ReportData): Html | undefined {
  const metric = metricTitle(all[0]?.metric ?? verdict.metric);
  if (all.length === 0) return undefined;
  const oracle = all.some(({ oracle: value }) => value !== undefined);
  return section(
    'pipeline',
    'Stage by stage',
    html`The whole pipeline on the ${split} split. A relevant passage that the retriever missed counts as missed, whatever reads its list.`,
    figure({
      id: 'waterfall',
      title: `${metric} of the pipeline, and what each stage adds`,
      description: all.map((stage) => described(stage)).join(' '),
      legend: [
        { key: 'base', shape: 'area', text: 'so far' },
        { key: 'tuned', shape: 'area', text: 'gained' },
        { key: 'negative', shape: 'area', text: 'lost' },
        { key: 'mark', shape: 'line', text: '95 % interval' },
        ...(oracle
          ? [{ key: 'mark', shape: 'tick', text: 'had the retriever missed nothing' } as const]
          : []),
      ],
      draw: (width) => ({
        height: waterfallHeight(all.length, width),
        marks: waterfallChart(all, width),
      }),
      table: {
        head: ['Stage', metric, '95 %', 'Oracle view'],
        rows: all.map((each) => [
          excerpt(each.name, 60),
          score(each.mean, 4),
          interval(each.interval),
          each.oracle === undefined ? '–' : score(each.oracle, 4),
        ]),
      },
    }),
    decisions(all),
    table(all, verdict.alpha, metric),
  );
}

function described({ name, mean, gain }: StageReport): string {
  const change = gain === undefined ? '' : `, ${signed(gain.difference)} on the stage before`;
  return `${excerpt(name, 60)}: ${score(mean)}${change}.`;
}

/** What became of each reranker, and what its retriever kept from it. */
function decisions(all: readonly StageReport[]): Html | undefined {
  const decided = all.filter(({ decision }) => decision !== undefined);
  if (decided.length === 0) return undefined;
  return html`<ul class="method">${decided.map(
    (stage) =>
      html`<li><b>${theirs(excerpt(stage.name, 80))}:</b> ${theirs(excerpt(stage.decision?.words ?? '', 300))}${missed(stage)}</li>`,
  )}</ul>`;
}

function missed({ positives, oracle, metric }: StageReport): Html | undefined {
  if (positives === undefined || positives.missed === 0) return undefined;
  const shown = html` ${count(positives.missed)} of ${counted(positives.total, 'relevant passage')} ${positives.missed === 1 ? 'was' : 'were'} never shown to it`;
  return oracle === undefined
    ? html`${shown}.`
    : html`${shown}; with those appended, it would reach ${metricTitle(metric)} ${score(oracle)}.`;
}

function table(all: readonly StageReport[], alpha: number, metric: string): Html {
  const timed = all.some(({ latency }) => latency !== undefined);
  const head = ['Stage', metric, 'Gain', '95 % interval', 'p', 'Better / worse / same'];
  if (timed) head.push('ms a query, p50 / p95');
  return html`<table class="stack"><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${all.map(
    (stage) => {
      const { gain, latency } = stage;
      const significant = gain !== undefined && gain.pValue < alpha;
      const cells = [
        score(stage.mean),
        gain === undefined
          ? '–'
          : html`<b class="${significant ? (gain.difference > 0 ? 'gain' : 'loss') : ''}">${signed(gain.difference)}</b>`,
        gain === undefined ? '–' : interval(gain.interval, signed),
        gain === undefined ? '–' : pValue(gain.pValue).replace(/^p =? ?/, ''),
        gain === undefined
          ? '–'
          : `${count(gain.improved)} / ${count(gain.worse)} / ${count(gain.unchanged)}`,
      ];
      if (timed)
        cells.push(
          latency === undefined ? '–' : `${milliseconds(latency.p50)} / ${milliseconds(latency.p95)}`,
        );
      const out = stage.decision?.kept === false && html` <span class="tag">left out</span>`;
      return html`<tr><th scope="row">${theirs(excerpt(stage.name, 60))}${out}</th>${cells.map((cell, i) => html`<td data-head="${head[i + 1]}">${cell}</td>`)}</tr>`;
    },
  )}</tbody></table>`;
}

const milliseconds = (value: number): string => score(value, value < 10 ? 1 : 0);
