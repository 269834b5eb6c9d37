import { ConfigError } from '../../base/errors.ts';
import { randomOf } from './samplerOptions.ts';
import type { BatchSampler } from './types.ts';

export const multiDatasetStrategies = ['proportional', 'roundRobin'] as const;

/**
 * `proportional`: every batch of every data set once an epoch, mixed at random. `roundRobin`: one batch of each in turn,
 * until one data set is used up: each weighs the same, whatever its size.
 */
export type MultiDatasetStrategy = (typeof multiDatasetStrategies)[number];

export interface MultiDatasetOptions {
  /** Default proportional (sentence-transformers'). */
  readonly strategy?: MultiDatasetStrategy;
  /** Default 0. */
  readonly seed?: number;
}

/** One of several data sets. */
export interface SampledDataset {
  /** Number of its rows. */
  readonly rows: number;
  readonly sampler: BatchSampler;
}

/**
 * Batches over several data sets, each batch of one only. Indexes count through: those of the second data set begin at
 * the first one's number of rows; {@link datasetOf} goes back.
 *
 * Of sentence-transformers' samplers, the proportional one loses batches of a data set that has more of them in an epoch
 * than it had said; here it asks in each epoch. Its round robin goes on in the middle of a round until a data set has no
 * more; here rounds are whole, as its own count of batches says.
 *
 * @throws ConfigError without data sets
 */
export function multiDatasetSampler(
  datasets: readonly SampledDataset[],
  { strategy = 'proportional', seed = 0 }: MultiDatasetOptions = {},
): BatchSampler {
  if (datasets.length === 0) {
    const problem = { field: 'datasets', expected: 'at least one', got: 'none' };
    throw new ConfigError('multiDatasetSampler', [problem]);
  }
  const starts = startsOf(datasets);
  const counts = () => datasets.map(({ sampler }) => sampler.batchesPerEpoch);
  return {
    get batchesPerEpoch() {
      if (strategy === 'roundRobin') return datasets.length * Math.min(...counts());
      return counts().reduce((sum, count) => sum + count, 0);
    },
    *epoch(epoch) {
      const batches = datasets.map(({ sampler }, i) =>
        Array.from(sampler.epoch(epoch), (batch) => batch.map((row) => row + (starts[i] as number))),
      );
      const next = batches.map((own) => own.values());
      for (const dataset of turns(batches.map(({ length }) => length))) {
        yield next[dataset]?.next().value as readonly number[];
      }

      function turns(lengths: readonly number[]): number[] {
        if (strategy === 'roundRobin') {
          const rounds = Array.from({ length: Math.min(...lengths) });
          return rounds.flatMap(() => lengths.map((_, dataset) => dataset));
        }
        const all = lengths.flatMap((length, dataset) => new Array<number>(length).fill(dataset));
        return randomOf(seed, epoch).shuffle(all);
      }
    },
  };
}

/** Index at which each data set begins. */
function startsOf(datasets: readonly Pick<SampledDataset, 'rows'>[]): number[] {
  let next = 0;
  return datasets.map(({ rows }) => {
    const start = next;
    next += rows;
    return start;
  });
}

/** Which data set an index of {@link multiDatasetSampler} belongs to, and the index of its first row. */
export function datasetOf(
  datasets: readonly Pick<SampledDataset, 'rows'>[],
  index: number,
): { readonly dataset: number; readonly start: number } {
  let start = 0;
  for (const [dataset, { rows }] of datasets.entries()) {
    if (index < start + rows) return { dataset, start };
    start += rows;
  }
  const got = `${index}`;
  throw new ConfigError('datasetOf', [{ field: 'index', expected: `an index below ${start}`, got }]);
}
