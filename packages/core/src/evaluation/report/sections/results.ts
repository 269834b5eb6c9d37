import { count } from '../../../base/format.ts';
import type { Comparison } from '../../types.ts';
import { figure } from '../charts/figure.ts';
import { intervalChart, intervalChartHeight } from '../charts/intervalChart.ts';
import { interval, metricTitle, pValue, score, signed } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { ReportData, Verdict } from '../types.ts';
import { section } from './section.ts';

/** Before and after, metric by metric, with intervals. */
export function results(data: ReportData): Html {
  const { comparisons, split } = data;
  if (comparisons.length === 0) {
    return section('results', 'Before and after', 'Retrieval quality.', html`<p>Nothing was compared.</p>`);
  }
  return section(
    'results',
    'Before and after',
    html`Retrieval on the ${split} split, which training never saw. Lines are 95 % intervals of the means.`,
    figure({
      id: 'comparison',
      title: 'Retrieval metrics of the base and the tuned model',
      description: comparisons
        .map(
          ({ metric, base, tuned }) => `${metricTitle(metric)}: base ${score(base)}, tuned ${score(tuned)}.`,
        )
        .join(' '),
      legend: [
        { key: 'base', shape: 'dot', text: 'base' },
        { key: 'tuned', shape: 'dot', text: 'tuned' },
      ],
      draw: (width) => ({
        height: intervalChartHeight(comparisons.length, width),
        marks: intervalChart(comparisons, width),
      }),
      table: {
        head: ['Metric', 'Base', 'Base 95 %', 'Tuned', 'Tuned 95 %'],
        rows: comparisons.map((each) => [
          metricTitle(each.metric),
          score(each.base, 4),
          interval(each.baseInterval),
          score(each.tuned, 4),
          interval(each.tunedInterval),
        ]),
      },
    }),
    table(comparisons, data.verdict),
  );
}

function table(comparisons: readonly Comparison[], { metric: decider, alpha }: Verdict): Html {
  const head = ['Metric', 'Base', 'Tuned', 'Difference', '95 % interval', 'p', 'Better / worse / same'];
  return html`<table class="stack"><thead><tr>${head.map((cell) => html`<th scope="col">${cell}</th>`)}</tr></thead><tbody>${comparisons.map(
    (each) => {
      const significant = each.pValue < alpha;
      const cells = [
        score(each.base),
        score(each.tuned),
        html`<b class="${significant ? (each.difference > 0 ? 'gain' : 'loss') : ''}">${signed(each.difference)}</b>`,
        interval(each.interval, signed),
        pValue(each.pValue).replace(/^p = /, '').replace(/^p /, ''),
        `${count(each.improved)} / ${count(each.worse)} / ${count(each.unchanged)}`,
      ];
      const mark = each.metric === decider && html` <span class="tag">decides</span>`;
      return html`<tr><th scope="row">${metricTitle(each.metric)}${mark}</th>${cells.map((cell, i) => html`<td data-head="${head[i + 1]}">${cell}</td>`)}</tr>`;
    },
  )}</tbody></table>`;
}
