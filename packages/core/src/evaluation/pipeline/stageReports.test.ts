import { expect, test } from 'vitest';
import { bm25Retriever } from '../../knowledge/retrieval/index.ts';
import { renderReport } from '../report/renderReport.ts';
import { golden } from '../report/report.fixture.ts';
import { decideReranker, evaluatePipeline, stageReports, storeChunks } from './index.ts';
import { knowingReranker, smallCorpus } from './pipeline.fixture.ts';

test('an evaluation becomes what the report shows', async () => {
  const { store, queries, judgements } = await smallCorpus();
  const evaluation = await evaluatePipeline({
    stages: [
      { name: 'bm25', retriever: bm25Retriever(store) },
      { name: 'wrong', reranker: knowingReranker(queries, judgements, -1), options: { candidates: 6 } },
      { name: 'right', reranker: knowingReranker(queries, judgements), options: { candidates: 6 } },
    ],
    queries,
    judgements,
    metrics: ['map', 'ndcg@10'],
    chunksOf: storeChunks(store),
    latencyQueries: 1,
    compare: { resamples: 500, permutations: 500 },
  });
  const stages = stageReports(evaluation, 'ndcg@10');
  expect(stages.map(({ name }) => name)).toEqual(['bm25', 'wrong', 'right']);
  const [first, wrong, right] = stages;
  expect(first).not.toHaveProperty('gain');
  expect(first).not.toHaveProperty('decision');
  expect(first?.mean).toBe(evaluation.stages[0]?.honest.results[1]?.mean);
  expect(first?.latency?.p50).toBeGreaterThan(0);
  expect(wrong?.decision?.kept).toBe(false);
  expect(right?.oracle).toBe(1);
  expect(right?.gain).toEqual(evaluation.stages[2]?.honest.againstPrevious?.[1]?.comparison);
  const onSource = evaluation.stages[2]?.honest.againstSource?.[1]?.comparison;
  expect(right?.decision?.words).toBe(onSource && decideReranker(onSource).words); // not on `wrong`
  expect(right?.positives).toEqual(evaluation.stages[2]?.positives);
  expect(stageReports(evaluation)[0]?.metric).toBe('map');
  expect(stageReports(evaluation, 'mrr')).toEqual([]);
  expect(JSON.parse(JSON.stringify(stages))).toEqual(stages);
  expect(renderReport({ ...golden, stages })).toContain('had the retriever missed nothing');
});
