import { describe, expect, it } from 'vitest';
import { wordReranker } from '../../knowledge/reranker.fixture.ts';
import { rerankingRetriever } from '../../knowledge/reranking/index.ts';
import { bm25Retriever } from '../../knowledge/retrieval/index.ts';
import { makeChunk } from '../../knowledge/stores/chunks.fixture.ts';
import { evaluateRun, retrieverRun } from '../index.ts';
import { comparison } from '../report/report.fixture.ts';
import { chooseFusionWeight, decideReranker, scoreCandidates } from './index.ts';
import { knowingReranker, smallCorpus } from './pipeline.fixture.ts';

describe('decideReranker', () => {
  const decided = (tuned: number, p: number, alpha?: number) =>
    decideReranker(comparison('ndcg@10', 0.5, tuned, 0.1, p), alpha);

  it('keeps a reranker only for a significant gain, and says why', () => {
    expect(decided(0.6, 0.049)).toEqual({
      outcome: 'better',
      kept: 'reranker',
      metric: 'ndcg@10',
      alpha: 0.05,
      words: 'The reranker helps and stays in the pipeline (nDCG@10 0.500 → 0.600, +0.100, p = 0.0490).',
    });
    expect(decided(0.6, 0.05)).toMatchObject({ outcome: 'not shown', kept: 'retriever' });
    expect(decided(0.6, 0.05).words).toContain('is not shown to help and is left out');
    expect(decided(0.6, 0.02, 0.01).kept).toBe('retriever');
    expect(decided(0.4, 0.001)).toMatchObject({ outcome: 'worse', kept: 'retriever' });
    expect(decided(0.4, 0.001).words).toContain('The reranker hurts and is left out');
    expect(decided(0.6, Number.NaN).kept).toBe('retriever');
  });
});

describe('chooseFusionWeight', () => {
  const candidate = (id: string, retrieverScore: number, rerankerScore: number) => ({
    chunk: makeChunk(id, { documentId: id }),
    retrieverScore,
    rerankerScore,
  });
  // x is relevant; the retriever alone puts a first, the reranker alone b.
  const candidates = new Map([['q', [candidate('a', 1, 0), candidate('x', 0.8, 0.7), candidate('b', 0, 1)]]]);
  const judgements = new Map([['q', new Map([['x', 1]])]]);

  it('finds the weights where both together are right', () => {
    const found = chooseFusionWeight({ candidates, judgements, metric: 'mrr' });
    // x: 0.7 w + 0.8 (1 − w) against w for b and 1 − w for a: first from 2/9 to 8/11
    expect(found.weight).toBe(0.7);
    expect(found).toMatchObject({ metric: 'mrr', value: 1 });
    expect(found.curve.map(({ weight }) => weight)).toEqual(Array.from({ length: 21 }, (_, i) => i / 20));
    const right = found.curve.filter(({ value }) => value === 1).map(({ weight }) => weight);
    expect(right[0]).toBe(0.25);
    expect(right.at(-1)).toBe(0.7);
    expect(found.curve[0]?.value).toBe(0.5);
    expect(chooseFusionWeight({ candidates, judgements, metric: 'mrr', grid: [1, 0.3] }).weight).toBe(0.3);
  });

  it('takes the reranker alone where nothing tells the weights apart', () => {
    expect(chooseFusionWeight({ candidates, judgements, metric: 'recall@3' }).weight).toBe(1);
    expect(chooseFusionWeight({ candidates: new Map(), judgements }).value).toBe(0);
  });

  it('refuses weights that are none', () => {
    expect(() => chooseFusionWeight({ candidates, judgements, grid: [] })).toThrow('at least one weight');
    expect(() => chooseFusionWeight({ candidates, judgements, grid: [0.5, 1.1, Number.NaN] })).toThrow(
      /grid\.1.*\n.*grid\.2/,
    );
  });

  it('promises what is then served', async () => {
    const { store, queries, judgements: judged } = await smallCorpus();
    const retriever = bm25Retriever(store);
    for (const reranker of [wordReranker(), knowingReranker(queries, judged)]) {
      const scored = await scoreCandidates({ queries, retriever, reranker, candidates: 10 });
      for (const normalise of ['minmax', 'zscore'] as const) {
        const { curve } = chooseFusionWeight({ candidates: scored, judgements: judged, normalise });
        for (const { weight, value } of curve.filter((_, i) => i % 5 === 0)) {
          const options = { candidates: 10, weight, normalise };
          const served = rerankingRetriever(retriever, reranker, options);
          // What stands behind the candidates can only be below them.
          const run = await retrieverRun(
            queries,
            { retrieve: (q, o) => served.retrieve(q, { ...o, k: 10 }) },
            10,
          );
          expect(evaluateRun(judged, run, ['ndcg@10'])[0]?.mean).toBeCloseTo(value, 12);
        }
      }
    }
  });
});
