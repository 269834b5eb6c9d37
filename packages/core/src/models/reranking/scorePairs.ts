import { pack } from '@ragwright/torch/nn';
import { RagwrightError } from '../../base/errors.ts';
import { evaluationRows, inSortedPasses } from '../sortedPasses.ts';
import type { PairScorer } from './pairScorer.ts';
import type { QueryPassage, ScorePairsOptions, TokenizedPairs } from './types.ts';

/**
 * Activated outputs of pairs, in their order, [outputs] each; always in evaluation mode and without gradients. Equal
 * pairs are computed once.
 *
 * @throws the signal's reason when it is aborted; RagwrightError for a pair without a token
 */
export function scorePairs(
  scorer: PairScorer,
  pairs: readonly QueryPassage[],
  options: ScorePairsOptions = {},
): Promise<Float32Array[]> {
  const { precision = 'float32' } = options;
  const { device } = scorer;
  let tokenized: TokenizedPairs = { sequences: [] };
  const pick = (lists: readonly Int32Array[], indexes: readonly number[]): Int32Array[] =>
    indexes.map((index) => lists[index] as Int32Array);
  const work = {
    keyOf: ([query, passage]: QueryPassage) => `${query.length} ${query}${passage}`,
    tokenize: async (distinct: readonly QueryPassage[]) => {
      tokenized = await scorer.tokenizePairs(distinct);
      return tokenized.sequences;
    },
    forward: (indexes: readonly number[]) => {
      const { sequences, segmentIds } = tokenized;
      const more = segmentIds ? { device, segmentIds: pick(segmentIds, indexes) } : { device };
      return evaluationRows(scorer, { device, precision }, () =>
        scorer.scores(pack(pick(sequences, indexes), more)),
      );
    },
    copy: (scores: Float32Array) => scores.slice(),
    empty: (): Float32Array => {
      throw new RagwrightError('a pair without a token has no score: the tokenizer adds no special tokens');
    },
  };
  return inSortedPasses(pairs, work, options);
}
