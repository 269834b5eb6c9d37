import { describe, expect, test } from 'vitest';
import { close, edge, staged } from '../report.fixture.ts';
import type { ReportData, StageReport } from '../types.ts';
import { NARROW, WIDE } from './figure.ts';
import { gainText, waterfallChart, waterfallHeight } from './waterfallChart.ts';

interface Rect {
  readonly key: string;
  readonly x: number;
  readonly width: number;
}

const rects = (markup: string): Rect[] =>
  [...markup.matchAll(/<rect class="([a-z-]+)" x="([\d.-]+)" y="[\d.-]+" width="([\d.-]+)"/g)].map(
    ([, key = '', x, width]) => ({ key, x: Number(x), width: Number(width) }),
  );

const stagesOf = ({ stages }: ReportData) => stages as readonly StageReport[];

describe('waterfallChart', () => {
  const all = stagesOf(staged);

  test.each([WIDE, NARROW])(
    'bars start at 0, are as long as the means, and gains join them: %i px',
    (width) => {
      const found = rects(waterfallChart(all, width).markup);
      expect(found.map(({ key }) => key)).toEqual([
        'level-bar',
        'level-bar',
        'gain-bar',
        'level-bar',
        'loss-bar',
        'level-bar',
        'gain-bar',
      ]);
      const [first, level, gain, below, loss, , second] = found as [Rect, Rect, Rect, Rect, Rect, Rect, Rect];
      const scale = first.width / 0.612;
      expect(new Set(found.filter(({ key }) => key === 'level-bar').map(({ x }) => x)).size).toBe(1);
      expect(level.width).toBeCloseTo(first.width, 1); // the level so far
      expect(gain.x).toBeCloseTo(first.x + first.width, 1);
      expect(gain.width).toBeCloseTo(0.0433 * scale, 1);
      expect(below.width).toBeCloseTo(0.631 * scale, 1);
      expect(loss.width).toBeCloseTo((0.6553 - 0.631) * scale, 1);
      expect(second.width).toBeCloseTo((0.704 - 0.631) * scale, 1);
    },
  );

  test('marks what is left out, the intervals, and the oracle view', () => {
    const { markup } = waterfallChart(all, WIDE);
    expect(markup.match(/<g class="left-out">/g)).toHaveLength(1);
    expect(markup.match(/class="oracle"/g)).toHaveLength(3);
    expect(markup.match(/class="span"/g)).toHaveLength(12);
    expect(markup.match(/class="connector"/g)).toHaveLength(3);
    expect(all.map(gainText)).toEqual([
      '',
      '+0.043, p = 0.0003',
      '−0.024, p = 0.02, left out',
      '+0.073, p < 0.0001',
    ]);
  });

  test.each([
    ['staged', staged],
    ['edge', edge],
    ['close', close],
  ])('stays within its drawing, and no letters lie over each other: %s', (_, data) => {
    for (const width of [WIDE, NARROW]) {
      const height = waterfallHeight(stagesOf(data).length, width);
      const { markup } = waterfallChart(stagesOf(data), width);
      expect(markup).not.toMatch(/NaN|Infinity/);
      const texts = labels(markup);
      for (const { left, right, y, text } of texts) {
        expect(left, text).toBeGreaterThanOrEqual(-1);
        expect(right, text).toBeLessThanOrEqual(width + 1);
        expect(y, text).toBeLessThanOrEqual(height);
      }
      texts.forEach((a, i) => {
        for (const b of texts.slice(i + 1)) {
          const over = Math.min(a.right, b.right) - Math.max(a.left, b.left);
          expect(over > 0 && Math.abs(a.y - b.y) < 13, `${a.text} / ${b.text}`).toBe(false);
        }
      });
      for (const { x, width: long } of rects(markup)) expect(x + long).toBeLessThanOrEqual(width);
    }
  });

  test('draws nothing it has no numbers for', () => {
    expect(rects(waterfallChart([], WIDE).markup)).toEqual([]);
    const unknown = { name: 'x', metric: 'map', mean: Number.NaN, interval: [Number.NaN, 1] } as const;
    expect(waterfallChart([unknown], WIDE).markup).not.toMatch(/<rect|class="span"/);
  });
});

/** Texts with the room they take, by the mean width of a letter of the page's font. */
function labels(markup: string) {
  return [...markup.matchAll(/<text (?:class="([a-z -]+)" )?x="([\d.-]+)" y="([\d.-]+)"([^>]*)>([^<]*)</g)]
    .map(([, key = '', x, y, rest = '', text = '']) => {
      const letters = text.replace(/&[a-z#0-9]+;/g, '_').length;
      const wide = letters * (key === 'row-name' ? 7.8 : 6.9);
      const shift = rest.includes('"end"') ? wide : rest.includes('"middle"') ? wide / 2 : 0;
      return { left: Number(x) - shift, right: Number(x) - shift + wide, y: Number(y), text };
    })
    .filter(({ text }) => text !== '');
}
