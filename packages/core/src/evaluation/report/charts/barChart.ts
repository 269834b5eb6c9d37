import { type Html, html, px } from '../html.ts';

export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Written after the bar. */
  readonly text: string;
}

const ROW = 30;

/** Height of {@link barChart} for so many bars. */
export const barChartHeight = (bars: number, width: number): number => bars * (width < 500 ? ROW + 12 : ROW);

/** Lying bars from a common line, names on the left, or above them where there is no room. */
export function barChart(bars: readonly Bar[], width: number): Html {
  const narrow = width < 500;
  const left = narrow ? 0 : 210;
  const room = width - left - 90;
  const most = Math.max(1e-9, ...bars.map(({ value }) => (Number.isFinite(value) ? value : 0)));
  return html`${bars.map(({ name, value, text }, i) => {
    const top = i * (narrow ? ROW + 12 : ROW);
    const y = narrow ? top + 20 : top + 6;
    const long = Math.max(1.5, (Math.max(0, value || 0) / most) * room);
    const label = narrow
      ? html`<text class="bar-name" x="0" y="${px(top + 14)}">${cut(name, 36)}</text>`
      : html`<text class="bar-name" x="${px(left - 12)}" y="${px(y + 13)}" text-anchor="end">${cut(name, 22)}</text>`;
    return html`${label}<rect class="bar" x="${px(left)}" y="${px(y)}" width="${px(long)}" height="17" rx="2"/><text class="label" x="${px(left + long + 8)}" y="${px(y + 13)}">${text}</text>`;
  })}`;
}

/** A name shortened to so many characters. */
export const cut = (name: string, length: number): string =>
  name.length > length ? `${name.slice(0, length - 1)}…` : name;
