import type { EmbeddingModel } from '../../models/embedding/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import type { ResolvedEmbedderSettings } from './embedderSettings.ts';
import { type MemoryBudget, memoryBudget } from './memoryBudget.ts';

/** The memory budget of training on pairs: the longest texts of any column may meet. */
export const embedderBudget = (
  model: EmbeddingModel,
  pairs: readonly TrainingPair[],
  { batchSize, tokensInMemory }: Pick<ResolvedEmbedderSettings, 'batchSize' | 'tokensInMemory'>,
): Promise<MemoryBudget> =>
  memoryBudget(model, tokensInMemory, async () => {
    const columns = pairs.reduce((most, { negatives = [] }) => Math.max(most, 2 + negatives.length), 2);
    const { sequences } = await model.tokenize(longestTexts(pairs, batchSize), { role: 'document' });
    return { sequences, size: columns * Math.min(batchSize, pairs.length) };
  });

/** Of all columns, by characters. */
function longestTexts(pairs: readonly TrainingPair[], count: number): string[] {
  const texts = new Set(
    pairs.flatMap(({ query, positive, negatives = [] }) => [query, positive, ...negatives]),
  );
  return [...texts].sort((a, b) => b.length - a.length).slice(0, count);
}
