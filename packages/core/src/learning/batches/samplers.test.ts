import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { SeededRandom } from '../../base/rng.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { distinctTextBatches } from './distinctTexts.ts';
import { noDuplicatesSampler, randomSampler } from './samplers.ts';
import type { BatchSampler } from './types.ts';

const batchesOf = (sampler: BatchSampler, epoch = 0): number[][] =>
  [...sampler.epoch(epoch)].map((batch) => [...batch]);
const pairs = (count: number): TrainingPair[] =>
  Array.from({ length: count }, (_, i) => ({ query: `q${i}`, positive: `p${i}` }));
const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b);

describe.each([
  ['randomSampler', randomSampler],
  ['noDuplicatesSampler', noDuplicatesSampler],
] as const)('%s', (_, make) => {
  const rows = pairs(23);

  test('takes every row once', () => {
    const batches = batchesOf(make(rows, { batchSize: 5 }));
    expect(batches.map((batch) => batch.length)).toEqual([5, 5, 5, 5, 3]);
    expect(sorted(batches.flat())).toEqual(rows.map((_row, i) => i));
  });

  test('the same seed and epoch give the same batches, others do not', () => {
    const first = batchesOf(make(rows, { batchSize: 5, seed: 1 }), 2);
    expect(batchesOf(make(rows, { batchSize: 5, seed: 1 }), 2)).toEqual(first);
    expect(batchesOf(make(rows, { batchSize: 5, seed: 2 }), 2)).not.toEqual(first);
    expect(batchesOf(make(rows, { batchSize: 5, seed: 1 }), 3)).not.toEqual(first);
  });

  test('dropLast and minRows leave small batches out, and batchesPerEpoch knows', () => {
    for (const options of [{ dropLast: true }, { minRows: 4 }, { minRows: 3 }, {}]) {
      const sampler = make(rows, { batchSize: 5, ...options });
      const batches = batchesOf(sampler);
      expect(batches.length).toBe(sampler.batchesPerEpoch);
      expect(batches.length).toBe('dropLast' in options || options.minRows === 4 ? 4 : 5);
    }
  });

  test('no rows, no batches', () => {
    expect(make([], { batchSize: 5 }).batchesPerEpoch).toBe(0);
    expect(batchesOf(make([], { batchSize: 5 }))).toEqual([]);
  });

  test('wrong options are listed together', () => {
    const run = () => make(rows, { batchSize: 0, minRows: -1, seed: 0.5 });
    expect(run).toThrow(ConfigError);
    expect(run).toThrow(/batchSize[\s\S]*minRows[\s\S]*seed/);
    expect(() => make(rows, { batchSize: 2, minRows: 3 })).toThrow(ConfigError);
  });
});

/** sentence-transformers' NoDuplicatesBatchSampler.__iter__: goes through all waiting rows for each batch. */
function reference(order: readonly number[], texts: readonly Int32Array[], batchSize: number): number[][] {
  const batches: number[][] = [];
  let waiting = [...order];
  while (waiting.length > 0) {
    const taken = new Set<number>();
    const batch: number[] = [];
    const rest: number[] = [];
    for (const row of waiting) {
      const own = texts[row] as Int32Array;
      if (batch.length === batchSize || own.some((text) => taken.has(text))) {
        rest.push(row);
        continue;
      }
      batch.push(row);
      for (const text of own) taken.add(text);
    }
    batches.push(batch);
    waiting = rest;
  }
  return batches;
}

describe('no two equal texts in a batch', () => {
  test.each([
    ['few shared texts', 300, 3, 400],
    ['many shared texts', 300, 3, 60],
    ['hardly any text of its own', 200, 2, 12],
    ['long rows', 200, 6, 300],
  ])('%s: as by going through all waiting rows', (_, count, columns, vocabulary) => {
    const random = new SeededRandom(count + columns);
    for (const batchSize of [1, 2, 7, 32, 500]) {
      const texts = Array.from({ length: count }, () =>
        Int32Array.from(new Set(Array.from({ length: columns }, () => random.below(vocabulary)))),
      );
      const order = random.shuffle(texts.map((_row, i) => i));
      expect([...distinctTextBatches(order, texts, batchSize)]).toEqual(reference(order, texts, batchSize));
    }
  });

  test('across all columns, duplicates of a row within itself allowed', () => {
    const rows: TrainingPair[] = [
      { query: 'a', positive: 'b', negatives: ['c'] },
      { query: 'c', positive: 'd', negatives: ['e'] }, // its query is a negative above
      { query: 'f', positive: 'f', negatives: ['f'] },
      { query: 'g', positive: 'h', negatives: ['a'] }, // its negative is a query above
    ];
    for (let epoch = 0; epoch < 20; epoch++) {
      const batches = batchesOf(noDuplicatesSampler(rows, { batchSize: 4 }), epoch);
      expect(sorted(batches.flat())).toEqual([0, 1, 2, 3]);
      for (const batch of batches) {
        expect(batch.includes(0) && (batch.includes(1) || batch.includes(3))).toBe(false);
      }
    }
  });

  test('takes near-linear time: 100,000 rows, half of them with one of a few positives', () => {
    const make = (count: number): TrainingPair[] =>
      Array.from({ length: count }, (_, i) => ({
        query: `q${i}`,
        positive: i % 2 === 0 ? `p${i}` : `shared ${i % 7}`,
      }));
    const seconds = (count: number): number => {
      const sampler = noDuplicatesSampler(make(count), { batchSize: 32 });
      const started = performance.now();
      expect(batchesOf(sampler).flat().length).toBe(count);
      return (performance.now() - started) / 1000;
    };
    seconds(10_000);
    expect(seconds(100_000)).toBeLessThan(3); // 0.3 s alone; going through the waiting rows takes minutes
  });

  test('counts its batches: of epoch 0', () => {
    const rows = pairs(10).map((row, i) => (i < 5 ? { ...row, positive: 'same' } : row));
    const sampler = noDuplicatesSampler(rows, { batchSize: 4 });
    expect(sampler.batchesPerEpoch).toBe(batchesOf(sampler).length);
    expect(sampler.batchesPerEpoch).toBe(5);
    expect(noDuplicatesSampler(rows, { batchSize: 4, minRows: 2 }).batchesPerEpoch).toBeLessThan(5);
  });
});
