import '@ragwright/torch/vitest';
import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../corpus/chunks/types.ts';
import type { RankedChunk, Retriever } from '../../knowledge/types.ts';
import { cosine } from '../../models/search/index.ts';
import {
  evaluateRetrieval,
  exactRun,
  retrieverRun,
  scoreDistribution,
  UnknownMetricError,
} from '../index.ts';
import { wordEmbedder } from './words.fixture.ts';

const corpus = new Map([
  ['heart', 'the heart pumps blood through the body'],
  ['lung', 'the lungs take oxygen from the air'],
  ['liver', 'the liver cleans the blood of poison'],
  ['skin', 'the skin keeps water in the body'],
]);
const queries = new Map([
  ['q1', 'what pumps blood'],
  ['q2', 'oxygen from air'],
  ['unjudged', 'skin'],
]);
const judgements = new Map([
  ['q1', new Map([['heart', 1]])],
  ['q2', new Map(Object.entries({ lung: 2, skin: 0 }))],
]);

function chunkOf(documentId: string, index: number): Chunk {
  const id = `${documentId}-${index}`;
  return {
    id,
    documentId,
    index,
    text: id,
    start: 0,
    end: 1,
    headingPath: [],
    source: documentId,
    metadata: {},
  };
}

/** Answers every query with the same ranking, cut to what is asked for. */
function fixedRetriever(ranking: readonly RankedChunk[]): Retriever & { readonly asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    retrieve: async (texts, { k }) => {
      asked.push(k);
      return texts.map(() => ranking.slice(0, k));
    },
  };
}

describe('evaluateRetrieval', () => {
  it('measures an embedder over a corpus, judged queries only', async () => {
    const embedder = wordEmbedder();
    const stages = new Set<string>();
    const { results, run, scores } = await evaluateRetrieval({
      embedder,
      corpus,
      queries,
      judgements,
      metrics: ['ndcg@10', 'hit@1', 'recall@2'],
      onProgress: (stage) => stages.add(stage),
    });
    expect(results.map(({ name, mean }) => [name, mean])).toEqual([
      ['ndcg@10', 1],
      ['hit@1', 1],
      ['recall@2', 1],
    ]);
    expect([...run.keys()]).toEqual(['q1', 'q2']);
    expect(run.get('q1')?.size).toBe(4);
    expect(embedder.embedded).not.toContain('skin');
    expect([...stages]).toEqual(['search']);
    expect(scores.positives).toHaveLength(2);
    expect(Math.min(...scores.positives)).toBeGreaterThan(Math.max(...scores.negatives));
  });

  it('measures a retriever: the best chunk stands for its document', async () => {
    const ranking = [
      ...Array.from({ length: 40 }, (_, i) => ({ chunk: chunkOf('liver', i), score: 1 - i / 100 })),
      { chunk: chunkOf('heart', 0), score: 0.5 },
      { chunk: chunkOf('lung', 0), score: 0.4 },
      { chunk: chunkOf('heart', 1), score: 0.3 },
    ];
    const retriever = fixedRetriever(ranking);
    const { results, run } = await evaluateRetrieval({
      retriever,
      queries,
      judgements,
      metrics: ['mrr'],
      k: 3,
    });
    expect(Object.fromEntries(run.get('q1') ?? [])).toEqual({ liver: 1, heart: 0.5, lung: 0.4 });
    expect(retriever.asked).toEqual([6, 24, 96]); // until three documents are there
    expect(results[0]?.mean).toBeCloseTo((1 / 2 + 1 / 3) / 2, 12);
  });

  it('does not ask a retriever that has nothing more', async () => {
    const retriever = fixedRetriever([{ chunk: chunkOf('heart', 0), score: 1 }]);
    const run = await retrieverRun(queries, retriever, 10);
    expect(retriever.asked).toEqual([20]);
    expect(run.get('q2')?.get('heart')).toBe(1);
  });

  it('leaves out the document with the id of the query, if asked to', async () => {
    const ranking = ['q1', 'heart', 'lung'].map((id, i) => ({ chunk: chunkOf(id, 0), score: 1 - i / 10 }));
    const run = await retrieverRun(queries, fixedRetriever(ranking), 2, { excludeSameId: true });
    expect([...(run.get('q1')?.keys() ?? [])]).toEqual(['heart', 'lung']);
    expect([...(run.get('q2')?.keys() ?? [])]).toEqual(['q1', 'heart']);
  });

  it('names everything that is missing', async () => {
    const task = { embedder: wordEmbedder(), corpus, queries: new Map<string, string>(), judgements };
    await expect(evaluateRetrieval(task)).rejects.toThrow(/queries\.q1: expected the text.*\n.*queries\.q2/);
    await expect(evaluateRetrieval({ ...task, queries, metrics: ['bleu'] })).rejects.toThrow(
      UnknownMetricError,
    );
    await expect(evaluateRetrieval({ ...task, queries, k: 0 })).rejects.toThrow('k: expected a whole number');
  });

  it('stops when told to', async () => {
    const signal = AbortSignal.abort();
    const task = { embedder: wordEmbedder(), corpus, queries, judgements, signal };
    await expect(evaluateRetrieval(task)).rejects.toThrow('aborted');
  });
});

describe('exactRun', () => {
  it('finds the nearest by cosine', async () => {
    const documents = new Map(
      Array.from({ length: 50 }, (_, i) => [`d${i}`, Float32Array.from([Math.cos(i), Math.sin(i), i % 3])]),
    );
    const query = Float32Array.from([1, 2, 0.5]);
    const run = await exactRun(new Map([['q', query]]), documents, 5);
    const expected = [...documents]
      .map(([id, vector]) => [id, cosine(query, vector)] as const)
      .sort((a, b) => b[1] - a[1])
      .slice(0, 5);
    const found = [...(run.get('q') ?? [])];
    expect(found.map(([id]) => id)).toEqual(expected.map(([id]) => id));
    found.forEach(([, score], i) => {
      expect(score).toBeCloseTo(expected[i]?.[1] as number, 5);
    });
  });

  it('finds k others where the own id is left out', async () => {
    const vectors = new Map(['a', 'b', 'c'].map((id, i) => [id, Float32Array.from([1, i])]));
    const run = await exactRun(vectors, vectors, 2, { excludeSameId: true });
    expect([...(run.get('a')?.keys() ?? [])]).toEqual(['b', 'c']);
  });
});

describe('scoreDistribution', () => {
  it('takes every positive, and the best negatives of each query', () => {
    const run = new Map([['q1', new Map(Object.entries({ liver: 0.9, heart: 0.8, skin: 0.7 }))]]);
    expect(scoreDistribution(judgements, run)).toEqual({ positives: [0.8], negatives: [0.9] });
    expect(scoreDistribution(judgements, run, { negativesPerQuery: 5 }).negatives).toEqual([0.9, 0.7]);
  });

  it('scores a positive that was not found by its vectors', () => {
    const vectors = {
      queries: new Map([['q1', Float32Array.from([1, 0])]]),
      documents: new Map([['heart', Float32Array.from([3, 4])]]),
    };
    expect(scoreDistribution(judgements, new Map(), { vectors }).positives[0]).toBeCloseTo(0.6, 6);
  });
});
