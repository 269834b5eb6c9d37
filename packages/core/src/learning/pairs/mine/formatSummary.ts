import type { MiningSummary, ScoreSummary, SkipReason } from './types.ts';

const rules: Readonly<Record<SkipReason, string>> = {
  absoluteMargin: 'the absolute margin',
  relativeMargin: 'the relative margin',
  maxScore: 'the largest score allowed',
  minScore: 'the least score allowed',
};

/** A table of scores and what was skipped, for the terminal; much as sentence-transformers prints it. */
export function formatMiningSummary(summary: MiningSummary): string {
  const columns = [summary.positives, summary.negatives, summary.differences];
  const line = (name: string, value: (scores: ScoreSummary) => string) =>
    [name.padEnd(8), ...columns.map((scores) => value(scores).padStart(12))].join('').trimEnd();
  const score = (name: string, value: (scores: ScoreSummary) => number) =>
    line(name, (scores) => (scores.count === 0 ? '–' : value(scores).toFixed(4)));
  const share = (part: number, whole: number) =>
    `${part.toLocaleString('en')} (${((100 * part) / Math.max(1, whole)).toFixed(2)} %)`;
  const { candidates, skipped, missing, rows, positivesNotFound } = summary;
  return [
    `${''.padEnd(8)}${['positive', 'negative', 'difference'].map((name) => name.padStart(12)).join('')}`,
    line('count', ({ count }) => count.toLocaleString('en')),
    score('mean', ({ mean }) => mean),
    score('std', ({ deviation }) => deviation),
    score('min', ({ min }) => min),
    score('25 %', ({ quartiles }) => quartiles[0]),
    score('median', ({ quartiles }) => quartiles[1]),
    score('75 %', ({ quartiles }) => quartiles[2]),
    score('max', ({ max }) => max),
    ...(Object.entries(skipped) as [SkipReason, number][])
      .filter(([, count]) => count > 0)
      .map(([reason, count]) => `skipped ${share(count, candidates)} candidates by ${rules[reason]}`),
    ...(missing > 0 ? [`not enough negatives for ${share(missing, missing + rows)} rows`] : []),
    ...(positivesNotFound > 0
      ? [`${positivesNotFound} positives were not retrieved; their scores are bounds`]
      : []),
  ].join('\n');
}
