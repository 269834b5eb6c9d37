import { type Html, html, px } from '../html.ts';
import { linear, type Scale, type Ticks } from './scale.ts';

/** Room of a drawing, and where its plot lies in it. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

export const horizontal = (box: Box, domain: readonly [number, number]): Scale =>
  linear(domain, [box.left, box.width - box.right]);

/** Upwards. */
export const vertical = (box: Box, domain: readonly [number, number]): Scale =>
  linear(domain, [box.height - box.bottom, box.top]);

/** Numbers under the plot, with a base line. */
export function xAxis(box: Box, scale: Scale, marks: Ticks, title: string): Html {
  const y = box.height - box.bottom;
  return html`<g class="axis"><line class="rule" x1="${px(box.left)}" x2="${px(box.width - box.right)}" y1="${px(y)}" y2="${px(y)}"/>${marks.values.map(
    (value) =>
      html`<line class="rule" x1="${px(scale(value))}" x2="${px(scale(value))}" y1="${px(y)}" y2="${px(y + 4)}"/><text x="${px(scale(value))}" y="${px(y + 17)}" text-anchor="middle">${tickText(value, marks.digits)}</text>`,
  )}<text class="axis-title" x="${px(box.width - box.right)}" y="${px(y + 34)}" text-anchor="end">${title}</text></g>`;
}

/** Numbers left of the plot, with a faint line across each; the title stands above them. */
export function yAxis(box: Box, scale: Scale, marks: Ticks, title: string): Html {
  return html`<g class="axis">${marks.values.map(
    (value) =>
      html`<line class="grid" x1="${px(box.left)}" x2="${px(box.width - box.right)}" y1="${px(scale(value))}" y2="${px(scale(value))}"/><text x="${px(box.left - 7)}" y="${px(scale(value) + 4)}" text-anchor="end">${tickText(value, marks.digits)}</text>`,
  )}<text class="axis-title" x="0" y="12">${title}</text></g>`;
}

/** An axis needs thousands short: 12,500 → 12.5k. */
export function tickText(value: number, digits: number): string {
  const near = Math.abs(value) < 1e-12 ? 0 : value;
  if (Math.abs(near) >= 10_000 && digits === 0) return `${String(Math.round(near / 100) / 10)}k`;
  return near.toFixed(digits).replace('-', '−');
}

/** A polyline through points that are numbers. */
export function path(points: readonly (readonly [number, number])[]): string {
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
  return finite.map(([x, y], i) => `${i === 0 ? 'M' : 'L'}${px(x)} ${px(y)}`).join('');
}
