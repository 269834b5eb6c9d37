import { metricTitle, score, signed } from '../format.ts';
import { excerpt, type Html, html } from '../html.ts';
import type { Passage, QueryChange, QueryResult, ReportData } from '../types.ts';
import { section } from './section.ts';

const QUERY_LENGTH = 280;
const PASSAGE_LENGTH = 240;

/** Queries that gained and that lost most, with what was found before and after. */
export function queries({ queries: changes, split }: ReportData): Html {
  const { metric, improved, damaged } = changes;
  return section(
    'queries',
    'Query by query',
    html`The ${split} queries whose ${metricTitle(metric)} changed most, with the first passages found. <span class="yes">✓</span> marks those judged relevant.`,
    list('improved', 'Most improved', improved, 'No query improved.'),
    list('damaged', 'Most damaged', damaged, 'No query got worse.'),
  );
}

function list(id: string, title: string, changes: readonly QueryChange[], none: string): Html {
  return html`<div class="changes" id="${id}"><h3>${title}</h3>${
    changes.length === 0
      ? html`<p class="none">${none}</p>`
      : changes.map((change, i) => card(change, i === 0))
  }</div>`;
}

function card({ query, queryId, base, tuned }: QueryChange, open: boolean): Html {
  const difference = tuned.value - base.value;
  return html`<details class="change"${open && html` open`}><summary><span class="query" dir="auto">${excerpt(query, QUERY_LENGTH)}</span><span class="delta ${difference > 0 ? 'gain' : 'loss'}"><b>${signed(difference, 2)}</b> <span>${score(base.value, 2)} → ${score(tuned.value, 2)}</span></span></summary>
<div class="sides">${side('Base', base)}${side('Tuned', tuned)}</div><p class="id">Query <bdi>${excerpt(queryId, 80)}</bdi></p></details>`;
}

function side(title: string, { rank, passages }: QueryResult): Html {
  const found = rank === undefined ? 'no relevant passage found' : `first relevant at rank ${rank}`;
  return html`<div class="side ${title.toLowerCase()}"><h4>${title} <span>${found}</span></h4>${
    passages.length === 0
      ? html`<p class="none">Nothing was found.</p>`
      : html`<ol>${passages.map(passage)}</ol>`
  }</div>`;
}

function passage({ title, text, score: value, relevant, id }: Passage): Html {
  const heading = title?.trim() ? title : id;
  return html`<li class="${relevant ? 'relevant' : 'other'}"><p class="heading">${
    relevant ? html`<span class="yes" title="relevant" role="img" aria-label="relevant">✓</span> ` : undefined
  }<b dir="auto">${excerpt(heading, 120)}</b> <span class="num">${score(value)}</span></p><p class="text" dir="auto">${excerpt(text, PASSAGE_LENGTH)}</p></li>`;
}
