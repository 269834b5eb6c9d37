import { count } from '../../../base/format.ts';
import { figure, HALF } from '../charts/figure.ts';
import { highestShare, histogramChart } from '../charts/histogramChart.ts';
import { score, signed } from '../format.ts';
import { type Html, html } from '../html.ts';
import type { Histogram, ReportData, ScoreDistributions, ScorePair } from '../types.ts';
import { section } from './section.ts';

/** How far apart the model puts what answers a query and what does not. */
export function scores({ scores: distributions }: ReportData): Html | undefined {
  if (!distributions) return undefined;
  const { base, tuned } = distributions;
  const [before, after] = [separation(base), separation(tuned)];
  const highest = highestShare([base, tuned]);
  return section(
    'scores',
    'Similarity scores',
    html`Cosine of queries with passages that answer them, and with others (${distributions.negatives}). What ranks well keeps the two apart. Passages that the search did not return have no score and are left out.`,
    html`<div class="pair">${one('before', 'Base model', base, highest)}${one('after', 'Tuned model', tuned, highest)}</div>
${Number.isFinite(after - before) && html`<p class="note">Chance that a positive scores above a negative: ${score(before)} before, ${score(after)} after (${signed(after - before)}).</p>`}`,
  );
}

function one(id: string, title: string, pair: ScorePair, highest: number): Html {
  return figure({
    id: `scores-${id}`,
    title,
    description: `Positives: mean ${score(pair.positives.mean, 2)}. Negatives: mean ${score(pair.negatives.mean, 2)}.`,
    width: HALF,
    legend: [
      { key: 'positive', shape: 'area', text: `positives (${count(total(pair.positives))})` },
      { key: 'negative', shape: 'area', text: `negatives (${count(total(pair.negatives))})` },
    ],
    draw: (width) => ({ height: 230, marks: histogramChart({ width, height: 230, pair, highest }) }),
    table: tableOf(pair),
  });
}

const total = ({ counts }: Histogram): number => counts.reduce((sum, each) => sum + each, 0);

function tableOf({ positives, negatives }: ScorePair) {
  const width = (positives.to - positives.from) / positives.counts.length;
  return {
    head: ['Score from', 'Positives', 'Negatives'],
    rows: positives.counts.map((each, i) => [
      score(positives.from + i * width, 2),
      count(each),
      count(negatives.counts[i] ?? 0),
    ]),
  };
}

/** Area under the ROC curve, from the bins: P(positive > negative), half of those in the same bin. */
export function separation({ positives, negatives }: ScoreDistributions['base']): number {
  let below = 0;
  let wins = 0;
  positives.counts.forEach((count_, i) => {
    const others = negatives.counts[i] ?? 0;
    wins += count_ * (below + others / 2);
    below += others;
  });
  return wins / (total(positives) * total(negatives));
}
