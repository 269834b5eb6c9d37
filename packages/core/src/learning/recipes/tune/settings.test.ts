import { expect, it } from 'vitest';
import { tuneSettings } from './settings.ts';

it('refuses metrics that nobody can compute before anything is read', () => {
  const evaluation = { decidedBy: 'ndgc@10', metrics: ['mrr@10', 'recall@0'] };
  const { error } = tuneSettings.safeParse({
    documents: 'docs',
    evaluation,
    training: { bestMetric: 'loss' },
  });
  const fields = error?.issues.map(({ path }) => path.join('.')).sort();
  expect(fields).toEqual(['evaluation.decidedBy', 'evaluation.metrics.1', 'training.bestMetric']);
});

it('leaves open what dev is watched by, so that it follows what decides', () => {
  const { training, evaluation } = tuneSettings.parse({ documents: 'docs' });
  expect(training.bestMetric).toBeUndefined();
  expect(training.batchSize).toBe(32);
  expect(evaluation.decidedBy).toBe('ndcg@10');
});
