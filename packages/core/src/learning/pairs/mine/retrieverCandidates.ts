import type { Chunk } from '../../../corpus/chunks/types.ts';
import { searchableText } from '../../../knowledge/terms/index.ts';
import type { RankedChunk, Retriever } from '../../../knowledge/types.ts';
import type { CandidateList, CandidateSource } from './candidates.ts';
import type { KnownPassage, QueryGroup } from './groupPairs.ts';

/**
 * Candidates by a retriever: its chunks, with title and headings as they are embedded. A chunk is a positive if it has
 * a positive's text, with or without those, or if its id or its document's is a positive's.
 */
export function retrieverCandidates(retriever: Retriever, signal: AbortSignal | undefined): CandidateSource {
  return {
    async *prepare() {},
    async find(groups, count) {
      const queries = groups.map(({ query }) => query);
      const lists = await retriever.retrieve(queries, { k: count, ...(signal ? { signal } : {}) });
      return groups.map((group, i) => toCandidates(lists[i] ?? [], group));
    },
    async close() {},
  };
}

function toCandidates(chunks: readonly RankedChunk[], group: QueryGroup): CandidateList {
  const { positiveTexts, positiveIds, positives } = group;
  const candidates = chunks.map(({ chunk, score }) => ({
    text: searchableText(chunk), // what the store embedded
    id: chunk.id,
    score,
    isPositive:
      textsOf(chunk).some((text) => positiveTexts.has(text)) ||
      positiveIds.has(chunk.id) ||
      positiveIds.has(chunk.documentId),
  }));
  // A positive that was not found scores no more than the last chunk that was.
  const bound = chunks.at(-1)?.score ?? 0;
  const found = positives.map((positive) => bestScore(chunks, positive));
  return {
    candidates,
    positiveScores: found.map((score) => score ?? bound),
    notFound: found.filter((score) => score === undefined).length,
  };
}

function bestScore(chunks: readonly RankedChunk[], { text, id }: KnownPassage): number | undefined {
  const same = ({ chunk }: RankedChunk) =>
    textsOf(chunk).includes(text) || (id !== undefined && (chunk.id === id || chunk.documentId === id));
  return chunks.find(same)?.score;
}

const textsOf = (chunk: Chunk): string[] => [chunk.text, searchableText(chunk)];
