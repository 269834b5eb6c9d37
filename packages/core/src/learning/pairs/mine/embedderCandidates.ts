import type { Embedder } from '../../../knowledge/types.ts';
import { cosine, ExactIndex } from '../../../models/search/index.ts';
import { openCachedEmbedder } from '../cache/index.ts';
import type { Candidate, CandidateSource } from './candidates.ts';
import type { QueryGroup } from './groupPairs.ts';
import type { EmbedderSource } from './types.ts';

/** Texts between two reports of progress. */
const slice = 2048;

/** A text that may be a negative, and every id it goes by. */
interface Passage {
  readonly text: string;
  readonly ids: string[];
}

/** Candidates by exact search over the corpus and the positives of all queries, equal texts counted once. */
export async function embedderCandidates(
  source: EmbedderSource,
  groups: readonly QueryGroup[],
  signal: AbortSignal | undefined,
): Promise<CandidateSource> {
  const passages = gather(source, groups);
  const places = new Map(passages.map(({ text }, i) => [text, i]));
  const cache =
    source.cacheFolder === undefined
      ? undefined
      : await openCachedEmbedder(source.embedder, source.cacheFolder);
  const embedder: Embedder = cache ?? source.embedder;
  const options = signal ? { signal } : {};
  const vectors: Float32Array[] = [];
  let index: ExactIndex | undefined;

  return {
    async *prepare() {
      for (let start = 0; start < passages.length; start += slice) {
        signal?.throwIfAborted();
        const texts = passages.slice(start, start + slice).map(({ text }) => text);
        for (const vector of await embedder.embedDocuments(texts, options)) vectors.push(vector);
        yield {
          type: 'progress',
          stage: 'embed',
          done: vectors.length,
          total: passages.length,
          unit: 'documents',
        };
      }
      index = new ExactIndex(vectors);
    },

    async find(batch, count) {
      const queries = await embedder.embedQueries(
        batch.map(({ query }) => query),
        options,
      );
      const neighbours = (await index?.searchMany(queries, count, options)) ?? [];
      return batch.map((group, q) => {
        const { indexes = [], scores = [] } = neighbours[q] ?? {};
        const candidates = Array.from(indexes, (place, i) =>
          toCandidate(passages[place] as Passage, scores[i] as number, group),
        );
        const positiveScores = group.positives.map(({ text }) =>
          cosine(queries[q] as Float32Array, vectors[places.get(text) as number] as Float32Array),
        );
        return { candidates, positiveScores, notFound: 0 };
      });
    },

    async close() {
      index?.dispose();
      await cache?.close();
    },
  };
}

function gather({ corpus }: EmbedderSource, groups: readonly QueryGroup[]): Passage[] {
  const passages = new Map<string, Passage>();
  const add = (text: string, id: string | undefined) => {
    const passage = passages.get(text) ?? { text, ids: [] };
    if (id !== undefined && !passage.ids.includes(id)) passage.ids.push(id);
    passages.set(text, passage);
  };
  for (const [id, text] of corpus ?? []) if (text.trim() !== '') add(text, id);
  for (const { positives } of groups) for (const { text, id } of positives) add(text, id);
  return [...passages.values()];
}

function toCandidate({ text, ids }: Passage, score: number, group: QueryGroup): Candidate {
  const isPositive = group.positiveTexts.has(text) || ids.some((id) => group.positiveIds.has(id));
  const [id] = ids;
  return { text, score, isPositive, ...(id === undefined ? {} : { id }) };
}
