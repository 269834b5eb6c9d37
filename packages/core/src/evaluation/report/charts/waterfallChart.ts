import { pValue, score, signed } from '../format.ts';
import { type Html, html, px } from '../html.ts';
import type { StageReport } from '../types.ts';
import { cut } from './barChart.ts';
import { type Box, horizontal, tickText } from './frame.ts';
import { type Scale, ticks } from './scale.ts';

const ROW = 58;
const BAR = 24;
/** With the name and the figures above and below the bar. */
const NARROW_ROW = 82;
const NARROW_BAR = 20;

const isNarrow = (width: number): boolean => width < 500;

/** Height of {@link waterfallChart} for so many stages. */
export const waterfallHeight = (stages: number, width: number): number =>
  stages * (isNarrow(width) ? NARROW_ROW : ROW) + 34;

/**
 * One lying bar per stage, from 0, so that lengths are true. What a stage adds to the one before it stands out, what
 * it takes away is shown beyond its end; a dashed line carries the level down to the next row. A thin line is the
 * 95 % interval of the mean, an upright one the oracle view.
 */
export function waterfallChart(stages: readonly StageReport[], width: number): Html {
  const narrow = isNarrow(width);
  const height = waterfallHeight(stages.length, width);
  const box: Box = narrow
    ? { width, height, left: 16, right: 18, top: 2, bottom: 30 }
    : { width, height, left: 200, right: 196, top: 2, bottom: 30 };
  const x = horizontal(box, [0, highest(stages)]);
  const marks = ticks(...x.domain, narrow ? 4 : 6);
  const bottom = height - box.bottom;
  const row = narrow ? NARROW_ROW : ROW;
  return html`<g class="axis">${marks.values.map(
    (value) =>
      html`<line class="grid" x1="${px(x(value))}" x2="${px(x(value))}" y1="${px(box.top)}" y2="${px(bottom)}"/><text x="${px(x(value))}" y="${px(bottom + 18)}" text-anchor="middle">${tickText(value, marks.digits)}</text>`,
  )}</g>${stages.map((stage, i) => {
    const top = box.top + i * row;
    const bar = narrow ? { y: top + 24, height: NARROW_BAR } : { y: top + 14, height: BAR };
    const before = stages[i - 1]?.mean;
    const last = i === stages.length - 1;
    return html`<g${stage.decision?.kept === false && html` class="left-out"`}>${bars(stage, before, bar, x)}${!last && connector(stage.mean, bar.y + bar.height, bar.y + row, x)}${interval(stage, bar, x)}${oracle(stage, bar, x)}${narrow ? textAround(stage, top, bar, width) : textBeside(stage, bar, width - box.right)}</g>`;
  })}`;
}

/** The largest of what is drawn, with a little room; metrics end at 1. */
function highest(stages: readonly StageReport[]): number {
  const values = stages.flatMap(({ mean, interval, oracle }) => [mean, ...interval, oracle ?? 0]);
  const most = values.filter(Number.isFinite).reduce((a, b) => Math.max(a, b), 0);
  return most > 0 ? Math.min(most * 1.04, Math.max(1, most)) : 1;
}

interface Place {
  readonly y: number;
  readonly height: number;
}

function bars({ mean, name }: StageReport, before: number | undefined, at: Place, x: Scale): Html {
  const level = before === undefined ? mean : Math.min(mean, before);
  const rect = (key: string, from: number, to: number) =>
    to > from &&
    html`<rect class="${key}" x="${px(x(from))}" y="${px(at.y)}" width="${px(x(to) - x(from))}" height="${px(at.height)}"><title>${name}: ${score(mean, 4)}</title></rect>`;
  return html`${rect('level-bar', 0, level)}${before !== undefined && rect('gain-bar', before, mean)}${before !== undefined && rect('loss-bar', mean, before)}`;
}

const connector = (mean: number, from: number, to: number, x: Scale): Html | undefined =>
  Number.isFinite(mean)
    ? html`<line class="connector" x1="${px(x(mean))}" x2="${px(x(mean))}" y1="${px(from)}" y2="${px(to)}"/>`
    : undefined;

function interval({ interval: [low, high] }: StageReport, at: Place, x: Scale): Html | undefined {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return undefined;
  const middle = at.y + at.height / 2;
  const cap = (value: number) =>
    html`<line class="span" x1="${px(x(value))}" x2="${px(x(value))}" y1="${px(middle - 4)}" y2="${px(middle + 4)}"/>`;
  return html`<line class="span" x1="${px(x(low))}" x2="${px(x(high))}" y1="${px(middle)}" y2="${px(middle)}"/>${cap(low)}${cap(high)}`;
}

function oracle({ oracle: value }: StageReport, at: Place, x: Scale): Html | undefined {
  if (value === undefined || !Number.isFinite(value)) return undefined;
  return html`<line class="oracle" x1="${px(x(value))}" x2="${px(x(value))}" y1="${px(at.y - 3)}" y2="${px(at.y + at.height + 3)}"><title>oracle view: ${score(value, 4)}</title></line>`;
}

/** "+0.043, p = 0.0003" */
export function gainText({ gain, decision }: StageReport): string {
  const out = decision?.kept === false ? ', left out' : '';
  return gain === undefined ? '' : `${signed(gain.difference)}, ${pValue(gain.pValue)}${out}`;
}

function textBeside(stage: StageReport, at: Place, right: number): Html {
  const middle = at.y + at.height / 2;
  const text = gainText(stage);
  return html`<text class="row-name" x="0" y="${px(middle + 5)}">${cut(stage.name, 21)}</text><text class="label strong" x="${px(right + 14)}" y="${px(text === '' ? middle + 5 : middle - 3)}">${score(stage.mean)}</text><text x="${px(right + 14)}" y="${px(middle + 14)}">${text}</text>`;
}

function textAround(stage: StageReport, top: number, at: Place, width: number): Html {
  return html`<text class="row-name" x="0" y="${px(top + 16)}">${cut(stage.name, 29)}</text><text class="label strong" x="${px(width)}" y="${px(top + 16)}" text-anchor="end">${score(stage.mean)}</text><text x="0" y="${px(at.y + at.height + 16)}">${gainText(stage)}</text>`;
}
