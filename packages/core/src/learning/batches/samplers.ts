import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { SeededRandom } from '../../base/rng.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { distinctTextBatches } from './distinctTexts.ts';
import type { BatchSampler } from './types.ts';

export interface SamplerOptions {
  /** Rows in a batch: what the loss sees. */
  readonly batchSize: number;
  /** Default 0. */
  readonly seed?: number;
  /** Leave out batches that are not full; default false. */
  readonly dropLast?: boolean;
  /** Leave out batches with fewer rows, from which a loss would learn nothing; default 1. */
  readonly minRows?: number;
}

/**
 * Rows in random order, cut into batches.
 *
 * @throws ConfigError if an option is wrong
 */
export function randomSampler(rows: { readonly length: number }, options: SamplerOptions): BatchSampler {
  const { batchSize, seed, least } = checked('randomSampler', options);
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
  const { batchSize, seed, least } = checked('noDuplicatesSampler', options);
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

function checked(name: string, { batchSize, seed = 0, dropLast = false, minRows = 1 }: SamplerOptions) {
  const problems: ConfigProblem[] = [];
  const whole = (field: string, value: number, least: number) => {
    if (Number.isInteger(value) && value >= least) return;
    problems.push({ field, expected: `a whole number of at least ${least}`, got: String(value) });
  };
  whole('batchSize', batchSize, 1);
  whole('minRows', minRows, 1);
  if (!Number.isInteger(seed))
    problems.push({ field: 'seed', expected: 'a whole number', got: String(seed) });
  if (minRows > batchSize) {
    problems.push({
      field: 'batchSize',
      expected: `at least ${minRows}, as minRows`,
      got: String(batchSize),
    });
  }
  if (problems.length > 0) throw new ConfigError(name, problems);
  return { batchSize, seed, least: dropLast ? batchSize : minRows };
}

function orderOf(count: number, seed: number, epoch: number): number[] {
  const mixed = Math.imul(seed, 0x9e3779b1) ^ Math.imul(epoch + 1, 0x85ebca6b);
  const rows = Array.from({ length: count }, (_, i) => i);
  return new SeededRandom(mixed >>> 0).shuffle(rows);
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
