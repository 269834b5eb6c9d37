import { ConfigError } from '../../base/errors.ts';
import type { RankingBatch } from './rankingBatch.ts';
import type { EmbeddingBatch, MiniBatch } from './types.ts';

/**
 * Cuts the texts of all columns of a batch into mini-batches of at most `tokensInMemory` tokens, for a model that packs.
 *
 * There are two batch sizes. `batchSize` is what the loss sees: rows, each the negative of the others. `tokensInMemory` is
 * what memory sees: how many tokens' activations exist at a time. The second changes nothing in the result.
 *
 * If all fits, there is one mini-batch in the batch's order; else sequences are taken by length, the longest first: equal
 * lengths stand together, and if memory is too small this shows at once. The same batch is always cut the same way. A
 * sequence longer than the budget has a mini-batch of its own.
 *
 * @throws ConfigError unless `tokensInMemory` is above 0
 */
export const miniBatches = (batch: Pick<EmbeddingBatch, 'columns'>, tokensInMemory: number): MiniBatch[] =>
  cutByLength(textsOf(batch), tokensInMemory);

/** The same for the pairs of a cross-encoder's batch. */
export const pairMiniBatches = (
  { sequences, segmentIds }: Pick<RankingBatch, 'sequences' | 'segmentIds'>,
  tokensInMemory: number,
): MiniBatch[] =>
  cutByLength(
    sequences.map((tokens, place) => ({ tokens, place, promptTokens: 0, segments: segmentIds?.[place] })),
    tokensInMemory,
  );

function cutByLength(texts: readonly Text[], tokensInMemory: number): MiniBatch[] {
  if (!(tokensInMemory > 0)) {
    const problem = { field: 'tokensInMemory', expected: 'a number above 0', got: String(tokensInMemory) };
    throw new ConfigError('miniBatches', [problem]);
  }
  const total = texts.reduce((sum, { tokens }) => sum + tokens.length, 0);
  if (total <= tokensInMemory) return [assembled(texts)];
  const sorted = [...texts].sort((a, b) => b.tokens.length - a.tokens.length || a.place - b.place);
  const cuts: Text[][] = [];
  let room = 0;
  for (const text of sorted) {
    if (text.tokens.length > room) {
      cuts.push([]);
      room = tokensInMemory;
    }
    cuts.at(-1)?.push(text);
    room -= text.tokens.length;
  }
  return cuts.map(assembled);
}

interface Text {
  readonly tokens: Int32Array;
  readonly place: number;
  readonly promptTokens: number;
  readonly segments?: Int32Array | undefined;
}

const textsOf = ({ columns }: Pick<EmbeddingBatch, 'columns'>): Text[] =>
  columns.flatMap(({ tokens, promptTokens = 0 }, column) =>
    tokens.map((ids, row) => ({ tokens: ids, place: column * tokens.length + row, promptTokens })),
  );

function assembled(texts: readonly Text[]): MiniBatch {
  const hasPrompt = texts.some(({ promptTokens }) => promptTokens > 0);
  const segments = texts.map(({ segments }) => segments).filter((each) => each !== undefined);
  return {
    sequences: texts.map(({ tokens }) => tokens),
    places: texts.map(({ place }) => place),
    ...(segments.length > 0 && { segmentIds: segments }),
    ...(hasPrompt && { promptTokens: texts.map(({ promptTokens }) => promptTokens) }),
    tokenCount: texts.reduce((sum, { tokens }) => sum + tokens.length, 0),
  };
}
