import { type Html, html, px } from '../html.ts';
import { type Box, horizontal, path, vertical, xAxis, yAxis } from './frame.ts';
import { extent, rounded, ticks } from './scale.ts';

export interface LineSeries {
  /** Class: colour and weight. */
  readonly key: string;
  readonly points: readonly (readonly [x: number, y: number])[];
  /** A dot on each point; for few points. */
  readonly dots?: boolean;
}

export interface LineChart {
  readonly width: number;
  readonly height: number;
  readonly series: readonly LineSeries[];
  readonly xTitle: string;
  readonly yTitle: string;
  /** A level to compare with, dashed. */
  readonly level?: { readonly value: number; readonly text: string };
  /** A point to call out. */
  readonly mark?: { readonly x: number; readonly y: number; readonly text: string };
  /** Keep 0 in sight. */
  readonly fromZero?: boolean;
  /** Values are shares: the axis stays within 0 and 1. */
  readonly shares?: boolean;
}

/** Curves over steps. What is not a number leaves a gap in nothing but itself. */
export function lineChart(chart: LineChart): Html {
  const { series, level, mark } = chart;
  const box: Box = { ...chart, left: 42, right: 12, top: mark ? 24 : 12, bottom: 40 };
  const all = series.flatMap(({ points }) => points);
  const ys = [...all.map(([, y]) => y), ...(level ? [level.value] : [])];
  const [low, high] = extent(ys, chart.fromZero ? 0 : 0.08);
  const [lowest, highest] = rounded(chart.fromZero ? [0, high > 0 ? high : 1] : [low, high], 4);
  const yRange = chart.shares
    ? ([Math.max(0, lowest), Math.min(1, highest)] as const)
    : ([lowest, highest] as const);
  const xRange = extent(all.map(([x]) => x));
  const x = horizontal(box, xRange);
  const y = vertical(box, yRange);
  const wanted = Math.max(3, Math.round(chart.width / 90));
  return html`${yAxis(box, y, ticks(...yRange, 4), chart.yTitle)}${xAxis(box, x, wholeTicks(xRange, wanted), chart.xTitle)}${
    level
      ? html`<line class="level" x1="${px(box.left)}" x2="${px(box.width - box.right)}" y1="${px(y(level.value))}" y2="${px(y(level.value))}"/><text class="label" x="${px(box.width - box.right)}" y="${px(y(level.value) + 15)}" text-anchor="end">${level.text}</text>`
      : undefined
  }${series.map(({ key, points, dots }) => {
    const placed = points.map(([px_, py]) => [x(px_), y(py)] as const);
    return html`<path class="line ${key}" d="${path(placed)}"/>${
      dots &&
      placed
        .filter(([, at]) => Number.isFinite(at))
        .map(([at, up]) => html`<circle class="dot ${key}" cx="${px(at)}" cy="${px(up)}" r="3"/>`)
    }`;
  })}${mark ? callOut(mark.text, x(mark.x), y(mark.y), box) : undefined}`;
}

function callOut(text: string, x: number, y: number, box: Box): Html {
  const onRight = x > box.width / 2;
  return html`<circle class="mark" cx="${px(x)}" cy="${px(y)}" r="6"/><text class="label strong" x="${px(x + (onRight ? -4 : 4))}" y="${px(Math.max(box.top - 2, y - 12))}" text-anchor="${onRight ? 'end' : 'start'}">${text}</text>`;
}

/** Steps are whole numbers. */
function wholeTicks(range: readonly [number, number], wanted: number) {
  const found = ticks(...range, wanted);
  return { values: found.values.filter(Number.isInteger), digits: 0 };
}

/** Running mean over the last `window` points. */
export function smoothed(
  points: readonly (readonly [number, number])[],
  window: number,
): readonly (readonly [number, number])[] {
  const result: [number, number][] = [];
  const recent: number[] = [];
  let sum = 0;
  for (const [x, y] of points) {
    if (!Number.isFinite(y)) continue;
    recent.push(y);
    sum += y;
    if (recent.length > window) sum -= recent.shift() as number;
    result.push([x, sum / recent.length]);
  }
  return result;
}
