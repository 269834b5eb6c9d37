import type { TrainingPair } from '../pairs/types.ts';
import { distinctTextBatches } from './distinctTexts.ts';
import { checkedSamplerOptions, randomOf, type SamplerOptions } from './samplerOptions.ts';
import type { BatchSampler } from './types.ts';

/**
 * Rows in random order, cut into batches.
 *
 * @throws ConfigError if an option is wrong
 */
export function randomSampler(rows: { readonly length: number }, options: SamplerOptions): BatchSampler {
  const { batchSize, seed, least } = checkedSamplerOptions('randomSampler', options);
  const count = rows.length;
  const tail = count % batchSize;
  return {
    batchesPerEpoch: Math.floor(count / batchSize) + (tail > 0 && tail >= least ? 1 : 0),
    *epoch(epoch) {
      const order = orderOf(count, seed, epoch);
      for (let at = 0; at < count; at += batchSize) {
        const batch = order.slice(at, at + batchSize);
        if (batch.length >= least) yield batch;
      }
    },
  };
}

/**
 * Random order without two equal texts in a batch, in whatever columns: the rows of a batch are each other's negatives,
 * and a text must not be its own. As sentence-transformers' NoDuplicatesBatchSampler, a row whose text is already there
 * waits for the next batch; the same order gives the same batches. Takes near-linear time however much is shared.
 *
 * @throws ConfigError if an option is wrong
 */
export function noDuplicatesSampler(rows: readonly TrainingPair[], options: SamplerOptions): BatchSampler {
  const { batchSize, seed, least } = checkedSamplerOptions('noDuplicatesSampler', options);
  const texts = textIds(rows);
  let batches: number | undefined;
  const sampler: BatchSampler = {
    get batchesPerEpoch() {
      batches ??= countOf(sampler.epoch(0));
      return batches;
    },
    *epoch(epoch) {
      const order = orderOf(rows.length, seed, epoch);
      for (const batch of distinctTextBatches(order, texts, batchSize)) {
        if (batch.length >= least) yield batch;
      }
    },
  };
  return sampler;
}

function orderOf(count: number, seed: number, epoch: number): number[] {
  const rows = Array.from({ length: count }, (_, i) => i);
  return randomOf(seed, epoch).shuffle(rows);
}

/** Each row's different texts as numbers, the same text by the same number. */
function textIds(rows: readonly TrainingPair[]): Int32Array[] {
  const numbers = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  };
  return rows.map(({ query, positive, negatives = [] }) => {
    const own = new Set([query, positive, ...negatives].map(numberOf));
    return Int32Array.from(own);
  });
}

function countOf(batches: Iterable<unknown>): number {
  let count = 0;
  for (const _ of batches) count++;
  return count;
}
