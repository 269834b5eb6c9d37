import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { groupByLabelSampler } from './groupByLabelSampler.ts';
import { datasetOf, multiDatasetSampler, type SampledDataset } from './multiDatasetSampler.ts';
import { noDuplicatesSampler, randomSampler } from './samplers.ts';

const pairs = (count: number): TrainingPair[] =>
  Array.from({ length: count }, (_, i) => ({
    query: `q${i}`,
    positive: i % 2 === 0 ? `p${i}` : `shared ${i % 3}`,
    label: i % 3,
  }));

/** 50 rows at random, 21 without duplicates, 12 by label, each with batches of its own size. */
const datasets: SampledDataset[] = [
  { rows: 50, sampler: randomSampler(pairs(50), { batchSize: 8, seed: 1 }) },
  { rows: 21, sampler: noDuplicatesSampler(pairs(21), { batchSize: 4, seed: 1 }) },
  { rows: 12, sampler: groupByLabelSampler(pairs(12), { batchSize: 6, seed: 1 }) },
];
const indexes = Array.from({ length: 83 }, (_, i) => i);

const sets = (batch: readonly number[]): number[] => [
  ...new Set(batch.map((index) => datasetOf(datasets, index).dataset)),
];

describe.each(['proportional', 'roundRobin'] as const)('%s', (strategy) => {
  const sampler = multiDatasetSampler(datasets, { strategy, seed: 1 });

  test('a batch is of one data set, and is one of its own batches', () => {
    for (let epoch = 0; epoch < 3; epoch++) {
      const own = datasets.map((dataset) => [...dataset.sampler.epoch(epoch)]);
      for (const batch of sampler.epoch(epoch)) {
        expect(sets(batch)).toHaveLength(1);
        const { dataset, start } = datasetOf(datasets, batch[0] as number);
        expect(own[dataset]?.shift()).toEqual(batch.map((index) => index - start)); // in their order
      }
    }
  });

  test('the same seed and epoch give the same batches, another epoch does not', () => {
    const again = multiDatasetSampler(datasets, { strategy, seed: 1 });
    expect([...again.epoch(2)]).toEqual([...sampler.epoch(2)]);
    expect([...again.epoch(2)]).not.toEqual([...sampler.epoch(3)]);
  });

  test('counts its batches', () => {
    expect(sampler.batchesPerEpoch).toBe([...sampler.epoch(0)].length);
  });
});

test('proportional: every row once in an epoch, data sets mixed', () => {
  const sampler = multiDatasetSampler(datasets);
  for (let epoch = 0; epoch < 5; epoch++) {
    const batches = [...sampler.epoch(epoch)];
    expect(batches.flat().sort((a, b) => a - b)).toEqual(indexes);
  }
  const order = (epoch: number) => [...sampler.epoch(epoch)].map((batch) => sets(batch)[0]);
  expect(order(0)).not.toEqual([...order(0)].sort());
  expect(order(0)).not.toEqual(order(1));
});

test('proportional: epochs with more batches than the first lose none', () => {
  const rows = pairs(21);
  const sampler = noDuplicatesSampler(rows, { batchSize: 4, seed: 7 });
  const counts = new Set(Array.from({ length: 50 }, (_, epoch) => [...sampler.epoch(epoch)].length));
  expect(counts.size).toBeGreaterThan(1);
  const both = multiDatasetSampler([{ rows: 21, sampler }, datasets[0] as SampledDataset]);
  for (let epoch = 0; epoch < 50; epoch++) expect([...both.epoch(epoch)].flat()).toHaveLength(71);
});

test('round robin: in turn, whole rounds, until one is used up', () => {
  const sampler = multiDatasetSampler(datasets, { strategy: 'roundRobin' });
  const shortest = Math.min(...datasets.map((dataset) => dataset.sampler.batchesPerEpoch));
  expect(shortest).toBe(2);
  expect([...sampler.epoch(0)].map((batch) => sets(batch)[0])).toEqual([0, 1, 2, 0, 1, 2]);
  expect(sampler.batchesPerEpoch).toBe(6);
});

test('round robin: over the epochs all rows of a large data set have their turn', () => {
  const sampler = multiDatasetSampler(datasets, { strategy: 'roundRobin' });
  const seen = new Set<number>();
  for (let epoch = 0; epoch < 40; epoch++) for (const row of [...sampler.epoch(epoch)].flat()) seen.add(row);
  expect(seen.size).toBe(83);
});

test("as many batches as sentence-transformers' samplers say", () => {
  const file = new URL('../../../golden/samplers/counts.json', import.meta.url);
  const { several } = JSON.parse(readFileSync(file, 'utf8'));
  for (const { rows, batchSize, ...wanted } of several) {
    const own = rows.map((count: number) => {
      return { rows: count, sampler: randomSampler(pairs(count), { batchSize }) };
    });
    for (const strategy of ['proportional', 'roundRobin'] as const) {
      const { batchesPerEpoch } = multiDatasetSampler(own, { strategy });
      expect(batchesPerEpoch, `${strategy} of ${rows}`).toBe(wanted[strategy].counted);
    }
  }
});

test('one data set is that data set', () => {
  const [only] = datasets as [SampledDataset];
  for (const strategy of ['proportional', 'roundRobin'] as const) {
    const sampler = multiDatasetSampler([only], { strategy });
    expect([...sampler.epoch(1)]).toEqual([...only.sampler.epoch(1)]);
  }
});

test('none, and an index beyond the last, are errors', () => {
  expect(() => multiDatasetSampler([])).toThrow(ConfigError);
  expect(() => datasetOf(datasets, 83)).toThrow(ConfigError);
  expect(datasetOf(datasets, 50)).toEqual({ dataset: 1, start: 50 });
  expect(datasetOf(datasets, 49)).toEqual({ dataset: 0, start: 0 });
});
