import { bytes, compact, count, duration } from '../../../base/format.ts';
import { barChart, barChartHeight } from '../charts/barChart.ts';
import { figure } from '../charts/figure.ts';
import { score } from '../format.ts';
import { excerpt, type Html, html } from '../html.ts';
import type { ModelSummary, ReportData } from '../types.ts';
import { facts, section, theirs } from './section.ts';
import { named } from './summary.ts';

/** The two models. */
export function models({ base, tuned }: ReportData): Html {
  return section(
    'models',
    'Models',
    html`What training began with, and what it made.`,
    html`<div class="pair">${one('Base', base)}${one('Tuned', tuned)}</div>`,
  );
}

function one(title: string, model: ModelSummary): Html {
  const { parameters, trainableParameters } = model;
  return html`<div class="half"><h3>${title}</h3>${facts([
    ['Name', named(model)],
    ['Source', html`<code>${theirs(excerpt(model.source, 300))}</code>`],
    ['Parameters', parameters === undefined ? undefined : compact(parameters)],
    [
      'Trained',
      trainableParameters === undefined || !parameters
        ? undefined
        : `${compact(trainableParameters)} (${score((100 * trainableParameters) / parameters, 1)} %)`,
    ],
    ['Vector', model.dimensions === undefined ? undefined : `${count(model.dimensions)} dimensions`],
    ['Longest text', model.maxLength === undefined ? undefined : `${count(model.maxLength)} tokens`],
    ['License', model.license && theirs(excerpt(model.license, 100))],
  ])}</div>`;
}

/** Time by stage, rate, memory. */
export function run({ cost, history }: ReportData): Html {
  const stages = history.stages.filter(({ seconds }) => Number.isFinite(seconds));
  return section(
    'cost',
    'Cost',
    html`What the run took, on ${cost.device}.`,
    facts([
      ['Whole run', duration(cost.seconds)],
      ['Training', duration(cost.trainingSeconds)],
      ['Tokens trained on', compact(cost.tokens)],
      ['Rate', `${count(cost.tokensPerSecond)} tokens/s`],
      ['Peak memory', bytes(cost.peakMemory)],
      ['Device', cost.device],
      ['Precision', cost.precision],
      ['Library', cost.library],
    ]),
    stages.length > 0 &&
      figure({
        id: 'stages',
        title: 'Time by stage',
        description: stages.map(({ stage, seconds }) => `${stage}: ${duration(seconds)}.`).join(' '),
        draw: (width) => ({
          height: barChartHeight(stages.length, width),
          marks: barChart(
            stages.map(({ stage, seconds }) => ({ name: stage, value: seconds, text: duration(seconds) })),
            width,
          ),
        }),
        table: {
          head: ['Stage', 'Seconds', 'Result'],
          rows: stages.map(({ stage, seconds, summary }) => [stage, score(seconds, 1), summary ?? '']),
        },
      }),
    notices(history.notices),
  );
}

function notices(all: ReportData['history']['notices']): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<div class="notices"><h3>Notices</h3><ul>${all.map(
    ({ level, message }) =>
      html`<li class="${level}">${level === 'warning' && html`<b>Warning:</b> `}${theirs(excerpt(message, 600))}</li>`,
  )}</ul></div>`;
}
