import { createHash } from 'node:crypto';
import { evaluateRun, type Run } from '../../evaluation/index.ts';
import type { CrossEncoder, QueryPassage } from '../../models/reranking/index.ts';
import {
  type BatchSampler,
  noDuplicatesSampler,
  type RankingBatch,
  randomSampler,
  rankingCollator,
} from '../batches/index.ts';
import { type RankingObjective, rankingForwardBackward } from '../objectives/index.ts';
import type { LabelledList } from '../pairs/types.ts';
import type { TrainingTask } from '../training/index.ts';
import type { MemoryBudget } from './memoryBudget.ts';
import type { RerankerDevSet, TuneRerankerOptions } from './reranker.ts';
import type { ResolvedRerankerSettings } from './rerankerSettings.ts';

type Sources = Pick<TuneRerankerOptions, 'model' | 'lists' | 'dev'>;

/** What the loop needs to know of tuning a cross-encoder. */
export function rerankerTask(
  sources: Sources,
  settings: ResolvedRerankerSettings,
  objective: RankingObjective,
  budget: MemoryBudget,
): TrainingTask<RankingBatch> {
  const { model, lists, dev } = sources;
  const { batchSize, seed } = settings;
  const { inBatchNegatives = 0 } = objective.needs;
  const sampler = samplerOf(lists, { batchSize, seed, inBatchNegatives });
  const collate = rankingCollator({
    rows: lists,
    tokenizePairs: (pairs) => model.tokenizePairs(pairs),
    inBatchNegatives,
    seed,
  });
  return {
    model,
    batchesPerEpoch: sampler.batchesPerEpoch,
    epoch: (epoch) => sampler.epoch(epoch),
    collate,
    forwardBackward: (batch, precision) => {
      const { device } = model;
      const tokens = budget.tokens(precision);
      const step = { model, objective, batch, precision, device, tokensInMemory: tokens };
      const result = rankingForwardBackward(step);
      budget.lower(result.tokensInMemory);
      return { loss: result.loss, tokens: result.tokens };
    },
    describe: describeLists,
    ...(dev && { evaluate: (signal) => evaluateOn(dev, model, settings, signal) }),
    dataHash: dataHashOf(sources),
    settings: {
      batchSize,
      objective: { name: objective.name, ...objective.settings },
      lora: settings.lora ?? null,
      freeze: settings.freeze,
    },
    saveState: () => budget.save(),
    restoreState: (state) => budget.restore(state),
  };
}

/**
 * Lists in random order. Where they lend each other negatives, no two of a batch have the same query or first document:
 * they would have nothing to lend.
 */
function samplerOf(
  lists: readonly LabelledList[],
  { inBatchNegatives, ...options }: { batchSize: number; seed: number; inBatchNegatives: number },
): BatchSampler {
  if (inBatchNegatives === 0 || lists.length < 2) return randomSampler(lists, options);
  const pairs = lists.map(({ query, documents }) => ({ query, positive: documents[0] as string }));
  const needsOthers = lists.some(({ documents }) => documents.length < 2);
  const minRows = needsOthers && options.batchSize > 1 ? 2 : 1;
  return noDuplicatesSampler(pairs, { ...options, minRows });
}

function describeLists({ rows, indexes }: RankingBatch): string {
  const shown = rows.slice(0, 8).map(({ query, queryId, documents }, i) => {
    const text = query.length > 60 ? `${query.slice(0, 60)}…` : query;
    const id = queryId === undefined ? '' : `query ${queryId}: `;
    return `${indexes[i]} (${id}${JSON.stringify(text)}, ${documents.length} documents)`;
  });
  return `lists ${shown.join(', ')}${rows.length > shown.length ? ` and ${rows.length - shown.length} more` : ''}`;
}

/** Ranks each dev query's candidates. An answer that is no candidate counts as missed, as it will be in the pipeline. */
async function evaluateOn(
  { queries, candidates, judgements, metrics = [] }: RerankerDevSet,
  model: CrossEncoder,
  { bestMetric, precision }: ResolvedRerankerSettings,
  signal: AbortSignal | undefined,
): Promise<Record<string, number>> {
  const asked = [...candidates].flatMap(([queryId, passages]) =>
    passages.map(({ documentId, text }) => ({ queryId, documentId, text })),
  );
  const pairs = asked.map(({ queryId, text }): QueryPassage => [queries.get(queryId) ?? '', text]);
  const scores = await model.score(pairs, { precision, ...(signal && { signal }) });
  const run = new Map<string, Map<string, number>>();
  for (const [i, { queryId, documentId }] of asked.entries()) {
    const found = run.get(queryId) ?? new Map<string, number>();
    run.set(queryId, found);
    // of a document's passages the best counts
    found.set(documentId, Math.max(scores[i] as number, found.get(documentId) ?? Number.NEGATIVE_INFINITY));
  }
  const wanted = [...new Set([bestMetric, ...metrics])];
  const results = evaluateRun(judgements, run satisfies Run, wanted);
  return Object.fromEntries(results.map(({ name, mean }) => [name, mean]));
}

/** Of all that is read: lists, dev set, tokenizer, settings of the model. */
function dataHashOf({ model, lists, dev }: Sources): string {
  const hash = createHash('sha256');
  const add = (value: unknown) => hash.update(JSON.stringify(value)).update('\n');
  for (const list of lists) add(list);
  add([model.tokenizer.fingerprint, model.settings]);
  if (!dev) return hash.digest('hex');
  for (const entry of dev.candidates) add(entry);
  for (const entry of dev.queries) add(entry);
  for (const [query, grades] of dev.judgements) add([query, ...grades]);
  return hash.digest('hex');
}
