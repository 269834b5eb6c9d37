import type { CrossEncoder, QueryPassage } from '../../models/reranking/index.ts';
import type { RankingObjective } from '../objectives/index.ts';
import type { LabelledList } from '../pairs/types.ts';
import { type MemoryBudget, memoryBudget } from './memoryBudget.ts';
import type { ResolvedRerankerSettings } from './rerankerSettings.ts';

/** Pairs that are tokenised to see how long pairs get. */
const sampled = 64;

/** The memory budget of training on lists: the longest lists, of the longest pairs, may meet. */
export const rerankerBudget = (
  model: CrossEncoder,
  lists: readonly LabelledList[],
  { batchSize, tokensInMemory }: Pick<ResolvedRerankerSettings, 'batchSize' | 'tokensInMemory'>,
  { needs }: Pick<RankingObjective, 'needs'>,
): Promise<MemoryBudget> =>
  memoryBudget(model, tokensInMemory, async () => {
    const { sequences } = await model.tokenizePairs(longestPairs(lists));
    const longest = lists.reduce((most, { documents }) => Math.max(most, documents.length), 0);
    const documents = longest + (needs.inBatchNegatives ?? 0);
    return { sequences, size: documents * Math.min(batchSize, lists.length) };
  });

/** By characters. */
function longestPairs(lists: readonly LabelledList[]): QueryPassage[] {
  const pairs = lists.flatMap(({ query, documents }) => documents.map((text): QueryPassage => [query, text]));
  const size = ([query, text]: QueryPassage) => query.length + text.length;
  return pairs.sort((a, b) => size(b) - size(a)).slice(0, sampled);
}
