import { expect, it } from 'vitest';
import type { Document } from '../../../corpus/index.ts';
import { createSplitter } from '../../../corpus/index.ts';
import { denseRetriever, ingest, memoryStore } from '../../../knowledge/index.ts';
import type { Knowledge } from './knowledge.ts';
import { tuneSettings } from './settings.ts';
import { makeTrainingPairs } from './trainingPairs.ts';
import type { TuneData } from './types.ts';

/** Texts begin with the angle of their vector. */
const vectorOf = (text: string): Float32Array => {
  const angle = Number.parseFloat(text);
  return Float32Array.of(Math.cos(angle), Math.sin(angle));
};
const embed = async (texts: readonly string[]) => texts.map(vectorOf);
const embedder = { dimensions: 2, fingerprint: 'angles', embedQueries: embed, embedDocuments: embed };

const documentOf = (id: string, angle: number): Document => {
  const text = `${angle} is what ${id} says about it`;
  return { id, text, source: id, format: 'text', contentHash: text, metadata: {} };
};

it('takes the nearest chunks that no part of the data knows as answers', async () => {
  const documents = [
    documentOf('own', 0),
    documentOf('known', 0.4),
    documentOf('near', 0.6),
    documentOf('far', 2),
  ];
  const store = memoryStore();
  const results = (async function* () {
    for (const document of documents) yield { type: 'document', document } as const;
  })();
  const splitter = createSplitter({ kind: 'recursive', size: 64 });
  const story = ingest({ documents: results, splitter, embedder, store });
  let next = await story.next();
  while (!next.done) next = await story.next();
  const knowledge: Knowledge = {
    store,
    embedder,
    summary: next.value,
    retriever: denseRetriever(store, embedder),
  };
  const data: TuneData = {
    name: 'angles',
    documents,
    unreadable: [],
    queries: new Map([['q', '0 what is it']]),
    judgements: {
      train: new Map([['q', new Map([['own', 1]])]]),
      dev: new Map(),
      test: new Map([['q', new Map([['known', 1]])]]),
    },
    pairsFrom: '',
    splitBy: '',
  };
  const settings = tuneSettings.parse({ documents: 'x', negatives: { perPair: 1 } });
  const pairs = makeTrainingPairs(data, knowledge, settings, undefined);
  let made = await pairs.next();
  while (!made.done) made = await pairs.next();
  expect(made.value.value.pairs).toEqual([
    {
      query: '0 what is it',
      positive: '0 is what own says about it',
      queryId: 'q',
      positiveId: 'own',
      negatives: ['0.6 is what near says about it'],
      negativeIds: ['near'],
    },
  ]);
  expect(made.value.value.atRandom).toBe(0);
});
