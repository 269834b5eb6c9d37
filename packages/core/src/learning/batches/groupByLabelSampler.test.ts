import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { SeededRandom } from '../../base/rng.ts';
import { dealByLabel, mostBatches } from './dealByLabel.ts';
import { BatchError } from './errors.ts';
import { groupByLabelSampler } from './groupByLabelSampler.ts';

type Rows = { readonly label: string | number }[];

/** Rows of labels 0, 1 …, so many of each, in random order. */
const rowsOf = (counts: readonly number[], seed = 1): Rows =>
  new SeededRandom(seed).shuffle(
    counts.flatMap((count, label) => Array.from({ length: count }, () => ({ label }))),
  );

/** Two labels at least, two rows of each, at most `batchSize`, no row twice. */
function expectWellFormed(batches: readonly (readonly number[])[], rows: Rows, batchSize: number): void {
  const seen = new Set<number>();
  for (const batch of batches) {
    expect(batch.length).toBeLessThanOrEqual(batchSize);
    const counts = new Map<string | number, number>();
    for (const row of batch) {
      expect(seen.has(row)).toBe(false);
      seen.add(row);
      const { label } = rows[row] as Rows[number];
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
    expect(counts.size, String([...counts])).toBeGreaterThanOrEqual(2);
    expect(Math.min(...counts.values())).toBeGreaterThanOrEqual(2);
  }
}

/** Rows in an epoch of sentence-transformers' sampler; scripts/golden-samplers.py wrote them. */
const golden = JSON.parse(
  readFileSync(new URL('../../../golden/samplers/counts.json', import.meta.url), 'utf8'),
) as { readonly grouped: readonly { counts: number[]; batchSize: number; placed: number }[] };

test.each([
  ['labels of equal size', [8, 8, 8, 8], 8],
  ['many labels of two', new Array(40).fill(2), 32],
  ['many labels of three', new Array(41).fill(3), 32],
  ['two large labels', [100, 100], 16],
  ['odd counts', [3, 5, 7, 9, 11], 8],
  ['an odd batch size', [4, 4, 5, 6], 7],
  ['one label much larger than the rest', [300, 10, 10, 10], 32],
  ['fewer rows than a batch', [2, 3], 32],
])('%s: every row once in an epoch', (_, counts, batchSize) => {
  const rows = rowsOf(counts);
  const sampler = groupByLabelSampler(rows, { batchSize, seed: 3 });
  for (let epoch = 0; epoch < 5; epoch++) {
    const batches = [...sampler.epoch(epoch)];
    expectWellFormed(batches, rows, batchSize);
    expect(batches.flat().sort((a, b) => a - b)).toEqual(rows.map((_row, i) => i));
  }
  expect(sampler.batchesPerEpoch).toBe([...sampler.epoch(0)].length);
  expect(sampler).toMatchObject({ alone: 0, crowdedOut: 0 });
});

test('whatever the labels: well formed, and nothing lost uncounted', () => {
  const random = new SeededRandom(11);
  for (let round = 0; round < 300; round++) {
    const labels = 2 + random.below(12);
    const counts = Array.from({ length: labels }, (_, i) => 1 + random.below(i === 0 ? 60 : 9));
    counts[1] = 2 + random.below(8);
    counts[0] = (counts[0] as number) + 1;
    const batchSize = 4 + random.below(20);
    const rows = rowsOf(counts, round);
    const sampler = groupByLabelSampler(rows, { batchSize, seed: round });
    const batches = [...sampler.epoch(0)];
    expectWellFormed(batches, rows, batchSize);
    const placed = batches.flat().length;
    const what = `${counts} in batches of ${batchSize}`;
    expect(placed + sampler.alone + sampler.crowdedOut, what).toBe(rows.length);
    expect(sampler.alone).toBe(counts.filter((count) => count === 1).length);
  }
});

test('places at least the rows that sentence-transformers places, and mostly more', () => {
  let more = 0;
  for (const { counts, batchSize, placed } of golden.grouped) {
    const sampler = groupByLabelSampler(rowsOf(counts), { batchSize });
    const own = [...sampler.epoch(0)].flat().length;
    expect(own, `${counts} in batches of ${batchSize}`).toBeGreaterThanOrEqual(placed);
    if (own > placed) more++;
  }
  expect(more).toBeGreaterThan(golden.grouped.length / 2);
});

test('batches are full: as few as can hold the rows, or hardly more', () => {
  for (const counts of [
    new Array(200).fill(4),
    new Array(300).fill(3),
    [500, 400, 300],
    new Array(90).fill(5),
  ]) {
    const rows = rowsOf(counts);
    const { batchesPerEpoch } = groupByLabelSampler(rows, { batchSize: 32 });
    expect(batchesPerEpoch).toBeLessThanOrEqual(Math.ceil((1.1 * rows.length) / 32) + 1);
  }
});

test('rows of too large a label are counted, and others in the next epoch', () => {
  const rows = rowsOf([100, 4]); // two batches at most, each with two rows of the small label
  const sampler = groupByLabelSampler(rows, { batchSize: 8 });
  expect(sampler).toMatchObject({ batchesPerEpoch: 2, alone: 0, crowdedOut: 88 });
  const seen = new Set<number>();
  for (let epoch = 0; epoch < 60; epoch++) for (const row of [...sampler.epoch(epoch)].flat()) seen.add(row);
  expect(seen.size).toBe(104);
});

test('a row that is alone with its label is in no batch, and is counted', () => {
  const rows: Rows = [
    { label: 'a' },
    { label: 'b' },
    { label: 'a' },
    { label: 'b' },
    { label: 'c' },
    { label: 1 },
    { label: '1' },
  ];
  const sampler = groupByLabelSampler(rows, { batchSize: 8 });
  expect(sampler.alone).toBe(3);
  expect([...sampler.epoch(0)].flat().sort()).toEqual([0, 1, 2, 3]);
});

test('the same seed and epoch give the same batches, others do not', () => {
  const rows = rowsOf([9, 9, 9, 9]);
  const batches = (seed: number, epoch: number) => [
    ...groupByLabelSampler(rows, { batchSize: 8, seed }).epoch(epoch),
  ];
  expect(batches(1, 2)).toEqual(batches(1, 2));
  expect(batches(1, 2)).not.toEqual(batches(2, 2));
  expect(batches(1, 2)).not.toEqual(batches(1, 3));
});

test('which labels meet changes from epoch to epoch', () => {
  const rows = rowsOf(new Array(16).fill(2));
  const sampler = groupByLabelSampler(rows, { batchSize: 8 });
  const meetings = new Set<string>();
  for (let epoch = 0; epoch < 100; epoch++) {
    for (const batch of sampler.epoch(epoch)) {
      const labels = [...new Set(batch.map((row) => rows[row]?.label as number))].sort((a, b) => a - b);
      for (const [i, a] of labels.entries()) for (const b of labels.slice(i + 1)) meetings.add(`${a} ${b}`);
    }
  }
  expect(meetings.size).toBe((16 * 15) / 2);
});

describe('what is wrong', () => {
  const rows = rowsOf([4, 4]);
  test('options', () => {
    expect(() => groupByLabelSampler(rows, { batchSize: 3 })).toThrow(/batchSize: expected at least 4/);
    expect(() => groupByLabelSampler(rows, { batchSize: 0.5, seed: 0.5 })).toThrow(/batchSize[\s\S]*seed/);
  });
  test('labels', () => {
    expect(() => groupByLabelSampler([...rows, {}], { batchSize: 4 })).toThrow(BatchError);
    expect(() => groupByLabelSampler([...rows, {}], { batchSize: 4 })).toThrow(/row 8, label/);
    expect(() => groupByLabelSampler(rowsOf([4, 1, 1]), { batchSize: 4 })).toThrow(ConfigError);
    expect(() => groupByLabelSampler(rowsOf([4, 1, 1]), { batchSize: 4 })).toThrow(/got "?1 of 3/);
    expect(() => groupByLabelSampler([], { batchSize: 4 })).toThrow(ConfigError);
  });
});

test('dealing to the most batches there can be gives every batch two labels', () => {
  const random = new SeededRandom(5);
  for (let round = 0; round < 300; round++) {
    const counts = Array.from({ length: 2 + random.below(6) }, () => 2 + random.below(30));
    const rows = rowsOf(counts, round);
    const groups = counts.map((_, label) => rows.flatMap((row, i) => (row.label === label ? [i] : [])));
    const most = mostBatches(groups);
    expectWellFormed(dealByLabel(groups, most, 1000).batches, rows, 1000);
  }
});
