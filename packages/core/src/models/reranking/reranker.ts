import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PairScorer } from './pairScorer.ts';
import { scorePairs } from './scorePairs.ts';
import type { QueryPassage, ScorePairsOptions } from './types.ts';
import { checkWindows, roomBeside, type WindowOptions, windowSpans, windowTexts } from './windows.ts';

/** One query with the passages that are to be put in order (knowledge's `RerankRequest`). */
export interface TextRerankRequest {
  readonly query: string;
  readonly passages: readonly string[];
}

export type TextRerankOptions = Pick<ScorePairsOptions, 'signal' | 'onProgress'>;

/** What retrieval takes (knowledge's `Reranker`). */
export interface TextReranker {
  readonly fingerprint: string;
  /** One score per passage, in the passages' order; one list per request. */
  score(requests: readonly TextRerankRequest[], options?: TextRerankOptions): Promise<Float32Array[]>;
  /** Tokens that the model reads for each passage, in all its windows. */
  countTokens(request: TextRerankRequest): Promise<Int32Array>;
}

export interface RerankerOptions extends Pick<ScorePairsOptions, 'precision' | 'batchTokens'> {
  /** Reads passages that are too long in overlapping windows; default: they are cut. */
  readonly windows?: WindowOptions;
}

/**
 * A reranker of any scorer whose first output is the score. The fingerprint is that of the weights now. Passages of all
 * requests go through the model together, sorted by length.
 *
 * @throws ConfigError for windows that don't fit
 */
export function rerankerOf(scorer: PairScorer, options: RerankerOptions = {}): TextReranker {
  const { windows, ...passes } = options;
  if (windows) checkWindows(windows);
  return {
    fingerprint: scorer.fingerprint(),
    score: async (requests, { signal, onProgress } = {}) => {
      const parts = await partsOf(scorer, requests, windows, signal);
      const total = requests.reduce((sum, { passages }) => sum + passages.length, 0);
      const rows = await scorePairs(
        scorer,
        parts.map(({ pair }) => pair),
        {
          ...passes,
          ...(signal && { signal }),
          // a passage counts as done in proportion to its windows
          ...(onProgress && {
            onProgress: (done, all) => onProgress(all === 0 ? 0 : Math.floor((done * total) / all), total),
          }),
        },
      );
      const scores = requests.map(({ passages }) => new Float32Array(passages.length).fill(-Infinity));
      parts.forEach(({ request, passage }, i) => {
        const list = scores[request] as Float32Array;
        list[passage] = Math.max(list[passage] as number, rows[i]?.[0] as number);
      });
      return scores;
    },
    countTokens: (request) => countTokens(scorer, request, windows),
  };
}

/** A passage, or a window of one, with its query, and whose it is. */
interface Part {
  readonly pair: QueryPassage;
  readonly request: number;
  readonly passage: number;
}

async function partsOf(
  scorer: PairScorer,
  requests: readonly TextRerankRequest[],
  windows: WindowOptions | undefined,
  signal: AbortSignal | undefined,
): Promise<Part[]> {
  const limit = windows ? await limitOf(scorer) : 0;
  const parts: Part[] = [];
  for (const [request, { query, passages }] of requests.entries()) {
    signal?.throwIfAborted();
    const room = windows ? roomBeside(scorer.tokenizer.count(query), limit) : 0;
    passages.forEach((text, passage) => {
      const texts = windows ? windowTexts(scorer.tokenizer, text, room, windows) : [text];
      for (const each of texts) parts.push({ pair: [query, each], request, passage });
    });
    if (windows) await nextTurn();
  }
  return parts;
}

/** Tokens around query and passage: special ones, or a prompt. */
async function overheadOf(scorer: PairScorer): Promise<number> {
  const { sequences } = await scorer.tokenizePairs([['', '']]);
  return sequences[0]?.length ?? 0;
}

/** Tokens of query and passage that the model takes together. */
const limitOf = async (scorer: PairScorer): Promise<number> =>
  Math.max(1, scorer.maxSeqLength - (await overheadOf(scorer)));

async function countTokens(
  scorer: PairScorer,
  { query, passages }: TextRerankRequest,
  windows: WindowOptions | undefined,
): Promise<Int32Array> {
  const overhead = await overheadOf(scorer);
  const encodings = await scorer.tokenizer.encodeMany(passages, { specialTokens: false });
  const asked = scorer.tokenizer.count(query);
  const limit = Math.max(1, scorer.maxSeqLength - overhead);
  const room = roomBeside(asked, limit);
  return Int32Array.from(encodings, ({ ids: { length } }) => {
    if (!windows) return Math.min(overhead + asked + length, scorer.maxSeqLength);
    return windowSpans(length, room, windows).reduce((sum, [start, end]) => {
      const read = end - start;
      return sum + overhead + read + Math.min(asked, limit - read);
    }, 0);
  });
}
