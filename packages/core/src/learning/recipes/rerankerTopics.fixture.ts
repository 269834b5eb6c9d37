import { manualSeed } from '@ragwright/torch';
import { SeededRandom } from '../../base/rng.ts';
import { type CrossEncoder, crossEncoderFrom } from '../../models/reranking/index.ts';
import { type LabelledList, listsFromPairs } from '../pairs/index.ts';
import type { RerankerDevSet } from './reranker.ts';
import { tinyEmbedder, topicsCorpus } from './topics.fixture.ts';

/** The topics corpus for rerankers: lists of one positive and some others, ragged; every dev query sees all documents. */
export function topicsLists(seed = 7): { readonly lists: LabelledList[]; readonly dev: RerankerDevSet } {
  const { pairs, dev } = topicsCorpus(seed, 6, 20); // a cross-encoder must learn each match of two words
  const random = new SeededRandom(seed);
  const lists = listsFromPairs(pairs).map((list, i) => {
    const others = random.sample(pairs, 2 + (i % 3)).filter(({ query }) => query !== list.query);
    const topic = (id: string | undefined) => id?.split('-')[0];
    const wrong = others.filter(({ queryId }) => topic(queryId) !== topic(list.queryId));
    return {
      ...list,
      documents: [...list.documents, ...wrong.map(({ positive }) => positive)],
      labels: [...list.labels, ...wrong.map(() => 0)],
    };
  });
  const everything = [...dev.corpus].map(([documentId, text]) => ({ documentId, text }));
  const candidates = new Map([...dev.queries.keys()].map((id) => [id, everything]));
  return { lists, dev: { queries: dev.queries, judgements: dev.judgements, candidates } };
}

/** A BERT of two layers with a new head; the same weights for the same seed. */
export function tinyCrossEncoder(seed = 1, dropout = 0.1): CrossEncoder {
  const { encoder, tokenizer } = tinyEmbedder(seed, dropout);
  manualSeed(seed);
  return crossEncoderFrom(encoder, tokenizer, { maxSeqLength: 24, activation: 'identity' });
}
