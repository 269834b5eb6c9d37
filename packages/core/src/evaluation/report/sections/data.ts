import { count, counted } from '../../../base/format.ts';
import { score } from '../format.ts';
import { excerpt, type Html, html } from '../html.ts';
import type { DataSummary, ReportData } from '../types.ts';
import { facts, section, theirs } from './section.ts';

const MOST_UNREADABLE = 20;

/** What the model was tuned and measured on. */
export function data({ data: summary }: ReportData): Html {
  return section(
    'data',
    'Data',
    html`Documents, training pairs and the splits.`,
    facts([
      ['Corpus', theirs(excerpt(summary.name, 200))],
      ['Source', summary.source && theirs(excerpt(summary.source, 300))],
      ['License', summary.license && theirs(excerpt(summary.license, 200))],
      ['Documents', count(summary.documents)],
      ['Chunks', chunks(summary)],
      ['Training pairs', html`${count(summary.trainPairs)}, ${theirs(excerpt(summary.pairsFrom, 200))}`],
      ['Hard negatives', negatives(summary)],
      ['Splits', summary.splitBy && theirs(excerpt(summary.splitBy, 200))],
      [
        'Near-duplicates removed',
        summary.nearDuplicatesRemoved === undefined ? undefined : count(summary.nearDuplicatesRemoved),
      ],
    ]),
    splits(summary),
    unreadable(summary),
  );
}

const chunks = ({ chunks: number, tokensPerChunk }: DataSummary): string =>
  tokensPerChunk === undefined
    ? count(number)
    : `${count(number)}, ${score(tokensPerChunk, 0)} tokens on average`;

function negatives({ negativesPerPair, negativesFrom }: DataSummary): Html | undefined {
  if (!negativesPerPair) return undefined;
  return html`${count(negativesPerPair)} a pair${negativesFrom !== undefined && html`, ${theirs(excerpt(negativesFrom, 200))}`}`;
}

function splits({ splits: all }: DataSummary): Html | undefined {
  if (all.length === 0) return undefined;
  return html`<table class="plain splits"><thead><tr><th scope="col">Split</th><th scope="col">Queries</th><th scope="col">Relevant passages</th></tr></thead><tbody>${all.map(
    ({ name, queries, judgements }) =>
      html`<tr><th scope="row">${name}</th><td>${count(queries)}</td><td>${count(judgements)}</td></tr>`,
  )}</tbody></table>`;
}

function unreadable({ unreadable: all }: DataSummary): Html | undefined {
  if (all.length === 0) return undefined;
  const more = all.length - MOST_UNREADABLE;
  return html`<div class="unreadable"><h3>${counted(all.length, 'source')} could not be read</h3><ul>${all
    .slice(0, MOST_UNREADABLE)
    .map(
      ({ source, reason }) =>
        html`<li><code>${theirs(excerpt(source, 200))}</code> ${theirs(excerpt(reason, 300))}</li>`,
    )}${more > 0 && html`<li>and ${count(more)} more</li>`}</ul></div>`;
}
