import { SeededRandom } from '../../base/rng.ts';
import { makeChunk } from '../../knowledge/stores/chunks.fixture.ts';
import { memoryStore } from '../../knowledge/stores/memory/index.ts';
import type { Reranker, RerankRequest } from '../../knowledge/types.ts';

const words = 'heart lung liver kidney brain blood bone skin nerve muscle cell gene virus fever pain'.split(
  ' ',
);

/**
 * 30 documents of two chunks each, and 12 queries of two words. Relevant are one document that has both words, if there
 * is one, and one by chance, which BM25 often misses.
 */
export async function smallCorpus() {
  const random = new SeededRandom(5);
  const pick = () => words[random.below(words.length)] as string;
  const store = memoryStore();
  const chunks = Array.from({ length: 60 }, (_, i) => {
    const text = `${Array.from({ length: 5 }, pick).join(' ')} number ${i >> 1}`;
    return makeChunk(`d${i >> 1}-${i % 2}`, { documentId: `d${i >> 1}`, index: i % 2, text });
  });
  await store.upsert(chunks.map((chunk) => ({ chunk, vector: Float32Array.of(1, 0) })));
  const queries = new Map<string, string>();
  const judgements = new Map<string, Map<string, number>>();
  for (let q = 0; q < 12; q++) {
    const wanted = [words[q] as string, pick()];
    const both = chunks.findLast(({ text }) => wanted.every((word) => text.includes(word)));
    queries.set(`q${q}`, wanted.join(' '));
    const judged = new Map([
      [`d${random.below(30)}`, 0],
      [`d${random.below(30)}`, 1],
    ]);
    judgements.set(`q${q}`, both ? judged.set(both.documentId, 2) : judged);
  }
  return { store, queries, judgements };
}

/** Knows the judgements: a grade for each passage, by the number in its text. Tells what it was asked. */
export function knowingReranker(
  queries: ReadonlyMap<string, string>,
  judgements: ReadonlyMap<string, ReadonlyMap<string, number>>,
  sign = 1,
) {
  const calls: RerankRequest[][] = [];
  const idOf = new Map([...queries].map(([id, text]) => [text, id]));
  const reranker: Reranker = {
    fingerprint: `knows-${sign}`,
    score: async (requests, { signal } = {}) => {
      signal?.throwIfAborted();
      calls.push([...requests]);
      return requests.map(({ query, passages }) =>
        Float32Array.from(passages, (passage) => {
          const document = `d${/number (\d+)/.exec(passage)?.[1]}`;
          return sign * (judgements.get(idOf.get(query) ?? '')?.get(document) ?? 0);
        }),
      );
    },
  };
  return { ...reranker, calls };
}
