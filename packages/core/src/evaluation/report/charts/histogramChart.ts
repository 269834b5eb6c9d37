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
  return html`${xAxis(box, x, ticks(from, to, Math.round(width / 80)), 'cosine similarity')}${area('negative', pair.negatives, x, y)}${area('positive', pair.positives, x, y)}${means(pair, x, box)}`;
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

/** Room that a written mean needs. */
const LABEL = 38;

/** Lines at both means; their labels step aside where they would lie over each other. */
function means(pair: ScorePair, x: Scale, box: Box): Html {
  const placed = (['negatives', 'positives'] as const)
    .filter((name) => pair[name].counts.some((each) => each > 0))
    .map((name) => ({ key: name.slice(0, -1), value: pair[name].mean, at: x(pair[name].mean) }))
    .sort((a, b) => a.at - b.at);
  const within = (center: number, i: number) => {
    const least = LABEL / 2 + i * LABEL; // room for those on its left
    const most = box.width - LABEL / 2 - (placed.length - 1 - i) * LABEL;
    return Math.min(most, Math.max(least, center));
  };
  const gap = (placed[1]?.at ?? Number.POSITIVE_INFINITY) - (placed[0]?.at ?? 0);
  const aside = Math.max(0, LABEL - gap) / 2;
  return html`${placed.map(({ key, value, at }, i) => {
    const center = within(at + (i === 0 ? -aside : aside), i);
    return html`<line class="mean ${key}" x1="${px(at)}" x2="${px(at)}" y1="${px(box.top - 6)}" y2="${px(box.height - box.bottom)}"/><text class="label ${key}" x="${px(center)}" y="${px(box.top - 10)}" text-anchor="middle">${value.toFixed(2).replace('-', '−')}</text>`;
  })}`;
}
