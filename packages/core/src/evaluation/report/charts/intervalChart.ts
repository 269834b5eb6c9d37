import type { Comparison } from '../../types.ts';
import { metricTitle, score } from '../format.ts';
import { type Html, html, px } from '../html.ts';
import { type Box, horizontal, tickText } from './frame.ts';
import { extent, type Scale, ticks } from './scale.ts';

const ROW = 62;
/** With the name of the metric above its dots. */
const NARROW_ROW = 84;

/** Height of {@link intervalChart} for so many metrics. */
export const intervalChartHeight = (rows: number, width: number): number =>
  rows * (isNarrow(width) ? NARROW_ROW : ROW) + 34;

const isNarrow = (width: number): boolean => width < 500;

/**
 * One row per metric: base and tuned as dots on their 95 % intervals, an arrow from one to the other. All rows on
 * one axis from 0 to 1 if they need it, else on the part they take up.
 */
export function intervalChart(comparisons: readonly Comparison[], width: number): Html {
  const narrow = isNarrow(width);
  const height = intervalChartHeight(comparisons.length, width);
  const box: Box = { width, height, left: narrow ? 14 : 128, right: narrow ? 22 : 24, top: 4, bottom: 30 };
  const values = comparisons.flatMap(({ baseInterval, tunedInterval, base, tuned }) => [
    ...baseInterval,
    ...tunedInterval,
    base,
    tuned,
  ]);
  const [low, high] = extent(values, 0.06);
  const x = horizontal(box, [Math.max(0, low), Math.min(1, high)]);
  const marks = ticks(...x.domain, narrow ? 4 : 8);
  const bottom = height - box.bottom;
  return html`<g class="axis">${marks.values.map(
    (value) =>
      html`<line class="grid" x1="${px(x(value))}" x2="${px(x(value))}" y1="${px(box.top)}" y2="${px(bottom)}"/><text x="${px(x(value))}" y="${px(bottom + 18)}" text-anchor="middle">${tickText(value, marks.digits)}</text>`,
  )}</g>${comparisons.map((comparison, i) => row(comparison, x, box.top + i * (narrow ? NARROW_ROW : ROW), narrow))}`;
}

function row(comparison: Comparison, x: Scale, top: number, narrow: boolean): Html {
  const { base, tuned } = comparison;
  const name = metricTitle(comparison.metric);
  const upper = top + (narrow ? 40 : 20);
  const lower = upper + 17;
  const label = narrow
    ? html`<text class="row-name" x="0" y="${px(top + 14)}">${name}</text>`
    : html`<text class="row-name" x="0" y="${px(upper + 13)}">${name}</text>`;
  return html`<g>${label}${whisker('base', comparison.baseInterval, base, upper, x)}${whisker('tuned', comparison.tunedInterval, tuned, lower, x)}${arrow(x(base), x(tuned), upper, lower)}</g>`;
}

function whisker(key: string, interval: readonly [number, number], value: number, y: number, x: Scale): Html {
  const [from, to] = [x(interval[0]), x(interval[1])];
  const above = key === 'base';
  return html`<line class="whisker ${key}" x1="${px(from)}" x2="${px(to)}" y1="${px(y)}" y2="${px(y)}"/><circle class="dot ${key}" cx="${px(x(value))}" cy="${px(y)}" r="5.5"><title>${score(value, 4)}</title></circle><text class="label ${key}" x="${px(Math.max(20, x(value)))}" y="${px(above ? y - 9 : y + 18)}" text-anchor="middle">${score(value)}</text>`;
}

/** From dot to dot; left out where they lie over each other. */
function arrow(from: number, to: number, upper: number, lower: number): Html | undefined {
  const length = Math.hypot(to - from, lower - upper);
  if (Math.abs(to - from) < 6 || length < 14) return undefined;
  const along = (distance: number) => ({
    x: from + ((to - from) * distance) / length,
    y: upper + ((lower - upper) * distance) / length,
  });
  const [start, end] = [along(7), along(length - 7)];
  return html`<line class="arrow" x1="${px(start.x)}" y1="${px(start.y)}" x2="${px(end.x)}" y2="${px(end.y)}"/>`;
}
