import { type Html, html, px } from '../html.ts';
import type { Histogram, ScorePair } from '../types.ts';
import { type Box, horizontal, path, vertical, xAxis } from './frame.ts';
import { type Scale, ticks } from './scale.ts';

export interface HistogramChart {
  readonly width: number;
  readonly height: number;
  readonly pair: ScorePair;
  /** Share of the fullest bin; the same in charts that stand side by side. */
  readonly highest: number;
}

/** Largest share of a bin in any of the pairs. */
export const highestShare = (pairs: readonly ScorePair[]): number =>
  Math.max(
    1e-9,
    ...pairs.flatMap(({ positives, negatives }) => [...shares(positives), ...shares(negatives)]),
  );

/** Positives and negatives laid over each other as shares, so that unequal numbers compare; means are marked. */
export function histogramChart({ width, height, pair, highest }: HistogramChart): Html {
  const box: Box = { width, height, left: 18, right: 18, top: 22, bottom: 42 };
  const { from, to } = pair.positives;
  const x = horizontal(box, [from, to]);
  const y = vertical(box, [0, highest]);
  return html`${xAxis(box, x, ticks(from, to, Math.round(width / 80)), 'cosine similarity')}${area('negative', pair.negatives, x, y)}${area('positive', pair.positives, x, y)}${mean('negative', pair.negatives, x, box)}${mean('positive', pair.positives, x, box)}`;
}

/** Counts as fractions of all. */
function shares({ counts }: Histogram): number[] {
  const total = counts.reduce((sum, each) => sum + each, 0);
  return counts.map((each) => (total === 0 ? 0 : each / total));
}

/** Steps, closed at the base line. */
function area(key: string, histogram: Histogram, x: Scale, y: Scale): Html {
  const { from, to } = histogram;
  const heights = shares(histogram);
  const width = (to - from) / heights.length;
  const points: (readonly [number, number])[] = [[x(from), y(0)]];
  heights.forEach((share, i) => {
    points.push([x(from + i * width), y(share)], [x(from + (i + 1) * width), y(share)]);
  });
  points.push([x(to), y(0)]);
  return html`<path class="area ${key}" d="${path(points)}Z"/>`;
}

function mean(key: string, histogram: Histogram, x: Scale, box: Box): Html | undefined {
  if (!histogram.counts.some((each) => each > 0)) return undefined;
  const at = x(histogram.mean);
  return html`<line class="mean ${key}" x1="${px(at)}" x2="${px(at)}" y1="${px(box.top - 6)}" y2="${px(box.height - box.bottom)}"/><text class="label ${key}" x="${px(Math.min(box.width - 18, Math.max(18, at)))}" y="${px(box.top - 10)}" text-anchor="middle">${histogram.mean.toFixed(2).replace('-', '−')}</text>`;
}
