import { ConfigError } from '../../base/errors.ts';
import {
  type BatchSampler,
  groupByLabelSampler,
  noDuplicatesSampler,
  randomSampler,
} from '../batches/index.ts';
import type { EmbeddingObjective } from '../objectives/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import { hasInBatchNegatives, type ObjectiveName } from './embedderObjective.ts';
import type { ResolvedEmbedderSettings } from './embedderSettings.ts';

export const samplerSettings = ['auto', 'random', 'noDuplicates', 'groupByLabel'] as const;
export type SamplerSetting = (typeof samplerSettings)[number];
export type SamplerName = Exclude<SamplerSetting, 'auto'>;

/**
 * `auto`: rows of a label together for losses on groups of texts, no text twice in a batch where its rows are each other's
 * negatives, else at random. `noDuplicates` of the settings decides between the last two, as it did before there was
 * `sampler`.
 *
 * @throws ConfigError if the two settings contradict each other
 */
export function chooseSampler(
  wanted: SamplerSetting | undefined,
  { sampler, noDuplicates }: Pick<ResolvedEmbedderSettings, 'sampler' | 'noDuplicates'>,
  name: ObjectiveName,
  { needs }: EmbeddingObjective,
): SamplerName {
  if (sampler !== 'auto' && noDuplicates !== undefined && noDuplicates !== (sampler === 'noDuplicates')) {
    const expected = `nothing, or what sampler: ${JSON.stringify(sampler)} says`;
    throw new ConfigError('embedder settings', [{ field: 'noDuplicates', expected, got: `${noDuplicates}` }]);
  }
  const chosen = wanted ?? sampler;
  if (chosen !== 'auto') return chosen;
  if (needs.label) return 'groupByLabel';
  return (noDuplicates ?? hasInBatchNegatives(name)) ? 'noDuplicates' : 'random';
}

/** A sampler, and what it leaves out. @throws ConfigError for a batch size that is too small, or rows without labels */
export function makeSampler(
  name: SamplerName,
  pairs: readonly TrainingPair[],
  { batchSize, seed }: Pick<ResolvedEmbedderSettings, 'batchSize' | 'seed'>,
  { needs }: EmbeddingObjective,
): { readonly sampler: BatchSampler; readonly leftOut: readonly string[] } {
  if (name !== 'groupByLabel') {
    const hasNegatives = (pairs[0]?.negatives?.length ?? 0) > 0;
    const minRows = (hasNegatives ? needs.rowsWithNegatives : undefined) ?? needs.rows ?? 1;
    const make = name === 'noDuplicates' ? noDuplicatesSampler : randomSampler;
    return { sampler: make(pairs, { batchSize, seed, minRows }), leftOut: [] };
  }
  const sampler = groupByLabelSampler(pairs, { batchSize, seed });
  const { alone, crowdedOut } = sampler;
  const of = `of ${pairs.length.toLocaleString('en')} pairs`;
  const leftOut = [
    ...(alone > 0 ? [`${alone.toLocaleString('en')} ${of} are left out: no other has their label`] : []),
    ...(crowdedOut > 0
      ? [
          `${crowdedOut.toLocaleString('en')} ${of} have no place in an epoch, others in each: too few rows of other labels`,
        ]
      : []),
  ];
  return { sampler, leftOut };
}
