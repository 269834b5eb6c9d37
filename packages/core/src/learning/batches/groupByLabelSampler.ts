import { ConfigError } from '../../base/errors.ts';
import type { SeededRandom } from '../../base/rng.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { dealByLabel, mostBatches } from './dealByLabel.ts';
import { BatchError } from './errors.ts';
import { checkedSamplerOptions, randomOf, type SamplerOptions } from './samplerOptions.ts';
import type { BatchSampler } from './types.ts';

export interface GroupByLabelSampler extends BatchSampler {
  /** Rows whose label no other row has: they are in no batch of any epoch. */
  readonly alone: number;
  /**
   * Rows that epoch 0 has no place for, because too few rows of other labels are left to stand beside them. Each epoch
   * draws anew which rows these are.
   */
  readonly crowdedOut: number;
}

/**
 * Batches for losses on groups of texts (`batchHardTriplet` …): in each, rows of at least two labels, and at least two rows
 * of each of its labels. All batches of an epoch are of about the same size, at most `batchSize`.
 *
 * sentence-transformers' GroupByLabelBatchSampler lets labels take turns with two rows each. It loses one row of every label
 * with an odd number, the same one in all epochs, and what is left of the largest label when the others are used up.
 * Here a third row goes along, labels are dealt in proportion to their size, and what cannot be placed is counted.
 *
 * @throws BatchError for a row without a label; ConfigError if an option is wrong, for a batch size below 4, and where
 *   fewer than two labels have two rows
 */
export function groupByLabelSampler(
  rows: readonly Pick<TrainingPair, 'label'>[],
  options: Omit<SamplerOptions, 'dropLast' | 'minRows'>,
): GroupByLabelSampler {
  const name = 'groupByLabelSampler';
  const { batchSize, seed } = checkedSamplerOptions(name, options);
  if (batchSize < 4) {
    const expected = 'at least 4, two rows of two labels';
    throw new ConfigError(name, [{ field: 'batchSize', expected, got: String(batchSize) }]);
  }
  const all = rowsByLabel(rows);
  const groups = all.filter((group) => group.length > 1);
  if (groups.length < 2) {
    const got = `${groups.length} of ${all.length}`;
    const expected = 'at least two labels that two rows have';
    throw new ConfigError(name, [{ field: 'label', expected, got }]);
  }
  const epoch = (number: number) => batchesOf(groups, batchSize, randomOf(seed, number));
  let first: readonly (readonly number[])[] | undefined;
  const ofFirst = () => {
    first ??= epoch(0);
    return first;
  };
  const placeable = total(groups);
  return {
    alone: rows.length - placeable,
    get crowdedOut() {
      return placeable - total(ofFirst());
    },
    get batchesPerEpoch() {
      return ofFirst().length;
    },
    epoch,
  };
}

function rowsByLabel(rows: readonly Pick<TrainingPair, 'label'>[]): number[][] {
  const groups = new Map<string | number, number[]>();
  for (const [row, { label }] of rows.entries()) {
    if (label === undefined) {
      const hint = 'the sampler puts rows of one label together: label all, or use another sampler';
      throw new BatchError({ row, field: 'label', expected: 'a label', got: 'none', hint });
    }
    const group = groups.get(label);
    if (group) group.push(row);
    else groups.set(label, [row]);
  }
  return [...groups.values()];
}

/** The fewest batches that hold all rows, up to as many as can have two labels each. */
function batchesOf(
  groups: readonly (readonly number[])[],
  batchSize: number,
  random: SeededRandom,
): number[][] {
  const shuffled = random.shuffle(groups).map((group) => random.shuffle(group));
  const most = mostBatches(shuffled);
  const pairs = shuffled.reduce((sum, group) => sum + Math.floor(group.length / 2), 0);
  const least = Math.max(total(groups) / batchSize, pairs / Math.floor(batchSize / 2));
  let count = Math.min(most, Math.ceil(least));
  for (;;) {
    const { batches, left } = dealByLabel(shuffled, count, batchSize);
    if (left === 0 || count === most) return random.shuffle(batches);
    count = Math.min(most, count + Math.max(1, Math.floor(count / 50)));
  }
}

const total = (lists: readonly (readonly number[])[]): number =>
  lists.reduce((sum, list) => sum + list.length, 0);
