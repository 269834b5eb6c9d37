import { count, duration } from '../../../base/format.ts';
import type { Comparison } from '../../types.ts';
import { dateTime, interval, metricTitle, pValue, score, signed } from '../format.ts';
import { type Html, type HtmlPart, html } from '../html.ts';
import type { ModelSummary, ReportData } from '../types.ts';
import { deciding } from '../verdict.ts';
import { theirs } from './section.ts';

/** Title, verdict in plain words, the few figures that matter. */
export function summary(data: ReportData): Html {
  const comparison = deciding(data.comparisons, data.verdict);
  return html`<header class="top">
<p class="eyebrow"><span>Ragwright</span> tuning report</p>
<h1 dir="auto">${data.title}</h1>
<p class="byline">${named(data.base)} → ${named(data.tuned)}<br>${dateTime(data.createdAt)} · Ragwright ${data.version}</p>
</header>
<div class="verdict ${data.verdict.outcome === 'better' ? 'good' : data.verdict.outcome === 'worse' ? 'bad' : 'even'}" id="verdict">
<h2>${headline(data)}</h2>
<p>${comparison ? reason(comparison, data) : 'Nothing was compared.'}</p>
${data.base.fromScratch && html`<p class="label-scratch"><strong>Trained from scratch.</strong> No pretrained model could be had, so the base model is a small encoder that was trained from nothing on these documents. Its figures say little about what a pretrained model would reach.</p>`}
</div>
${comparison && keyFigures(comparison, data)}
`;
}

/** A model's name, with the label of one that was trained from scratch. */
export const named = (model: ModelSummary): Html =>
  html`${theirs(model.name)}${model.fromScratch && html` <span class="tag">from scratch</span>`}`;

function headline({ verdict }: ReportData): string {
  if (verdict.outcome === 'better') return 'The tuned model is better.';
  if (verdict.outcome === 'worse') return 'The tuned model is worse. The base model is kept.';
  return 'The tuned model is not shown to be better. The base model is kept.';
}

function reason(comparison: Comparison, { verdict, split }: ReportData): Html {
  const { metric, base, tuned, difference, queries } = comparison;
  const verb = difference > 0 ? 'rose' : difference < 0 ? 'fell' : 'stayed the same:';
  const change = html`On ${count(queries)} ${split} ${queries === 1 ? 'query' : 'queries'}, ${metricTitle(metric)} ${verb} from ${score(base)} to ${score(tuned)}: a difference of <strong>${signed(difference)}</strong> (95 % interval ${interval(comparison.interval, signed)}; ${pValue(comparison.pValue)}).`;
  if (verdict.outcome === 'not shown')
    return html`${change} Chance alone could explain it: p is not below ${verdict.alpha}.`;
  return change;
}

function keyFigures(comparison: Comparison, { cost, verdict }: ReportData): Html {
  const { metric, base, tuned, difference } = comparison;
  const tiles: readonly (readonly [string, HtmlPart, HtmlPart])[] = [
    [
      metricTitle(metric),
      html`<span class="was">${score(base)}</span> <span class="to">→</span> ${score(tuned)}`,
      `${verdict.kept} model kept`,
    ],
    ['Difference', signed(difference), html`95 %: ${interval(comparison.interval, signed)}`],
    ['Queries', balance(comparison), balanceText(comparison)],
    ['Time', duration(cost.seconds), html`${count(cost.tokensPerSecond)} tokens/s in training`],
  ];
  return html`<dl class="tiles">${tiles.map(([term, value, note]) => html`<div><dt>${term}</dt><dd class="value">${value}</dd><dd class="under">${note}</dd></div>`)}</dl>`;
}

/** A bar of three parts: better, same, worse. */
function balance({ improved, unchanged, worse }: Comparison): Html {
  const total = Math.max(1, improved + unchanged + worse);
  const part = (name: string, value: number) =>
    value > 0 && html`<i class="${name}" style="flex-grow:${((100 * value) / total).toFixed(2)}"></i>`;
  return html`<span class="balance" aria-hidden="true">${part('up', improved)}${part('same', unchanged)}${part('down', worse)}</span>`;
}

const balanceText = ({ improved, unchanged, worse }: Comparison): Html =>
  html`${count(improved)} better, ${count(worse)} worse, ${count(unchanged)} unchanged`;
