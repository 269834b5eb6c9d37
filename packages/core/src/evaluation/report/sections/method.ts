import { type Html, html } from '../html.ts';
import type { ReportData } from '../types.ts';
import { section } from './section.ts';

/** How the figures came about, so that a reader can judge them. */
export function method({ verdict }: ReportData): Html {
  return section(
    'method',
    'Method',
    html`How to read the figures.`,
    html`<ul class="method">
<li>Metrics follow trec_eval's definitions: each query's results are ranked by score, graded judgements count as gain, and a query without results counts as 0.</li>
<li>Intervals are 95 % bootstrap intervals over queries. Intervals of the two means may overlap although the difference is significant: both models are measured on the same queries, so the interval of the <em>difference</em> is the one to look at.</li>
<li>p is that of a two-sided paired randomisation test over queries.</li>
<li>The tuned model is handed over only if its difference is above 0 with p below ${verdict.alpha}. Otherwise the base model is kept.</li>
</ul>`,
  );
}
