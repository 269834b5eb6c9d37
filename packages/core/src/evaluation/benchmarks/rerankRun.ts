import type { ProgressEvent } from '../../base/progress.ts';
import { type RerankingOptions, rerankingRetriever } from '../../knowledge/reranking/index.ts';
import type { RankedChunk, Reranker } from '../../knowledge/types.ts';
import { rankDocuments } from '../metrics/index.ts';
import type { Run } from '../types.ts';
import { documentChunk } from './documentChunk.ts';

export interface RerankRunOptions
  extends Pick<RerankingOptions, 'fusion' | 'weight' | 'normalise' | 'rrfK' | 'tokenBudget'> {
  /** Documents of a query that the reranker reads; default 100, as BEIR does. Those below keep their order. */
  readonly candidates?: number;
  /** Of the events; default `rerank`. */
  readonly stage?: string;
  readonly signal?: AbortSignal;
}

/** The texts of a run's ids. */
export interface RunTexts {
  readonly queries: ReadonlyMap<string, string>;
  readonly documents: ReadonlyMap<string, string>;
}

/** Queries scored in one call: enough pairs to be packed well, few enough for progress to be seen. */
const batchSize = 8;

/**
 * Puts the documents of a run in a reranker's order. Whatever the first stage was, it is a list of ids now: so runs
 * of other systems can be reranked too. Queries and documents without a text are left out.
 *
 * @throws ConfigError if the options are wrong, RerankerError
 */
export async function* rerankRun(
  run: Run,
  texts: RunTexts,
  reranker: Reranker,
  options: RerankRunOptions = {},
): AsyncGenerator<ProgressEvent, Run, undefined> {
  const { stage = 'rerank', candidates = 100, signal, ...combine } = options;
  let lists: RankedChunk[][] = [];
  const found = { retrieve: async () => lists };
  const retriever = rerankingRetriever(found, reranker, { candidates, ...combine });
  const reranked = new Map<string, ReadonlyMap<string, number>>();
  const ids = [...run.keys()].filter((id) => texts.queries.has(id));
  const started = performance.now();
  for (let start = 0; start < ids.length; start += batchSize) {
    signal?.throwIfAborted();
    const batch = ids.slice(start, start + batchSize);
    lists = batch.map((id) => chunksOf(run.get(id), texts.documents));
    const k = Math.max(1, ...lists.map(({ length }) => length));
    const queries = batch.map((id) => texts.queries.get(id) as string);
    const ranked = await retriever.retrieve(queries, { k, ...(signal ? { signal } : {}) });
    batch.forEach((id, i) => {
      reranked.set(id, new Map((ranked[i] ?? []).map(({ chunk, score }) => [chunk.id, score])));
    });
    const done = start + batch.length;
    const rate = done / ((performance.now() - started) / 1000);
    const secondsLeft = (ids.length - done) / rate;
    yield { type: 'progress', stage, done, total: ids.length, unit: 'queries', rate, secondsLeft };
  }
  return reranked;
}

function chunksOf(
  scores: ReadonlyMap<string, number> = new Map(),
  texts: ReadonlyMap<string, string>,
): RankedChunk[] {
  return rankDocuments(scores).flatMap((id) => {
    const text = texts.get(id);
    return text === undefined ? [] : [{ chunk: documentChunk(id, text), score: scores.get(id) as number }];
  });
}
