import { count } from '@ragwright/core/base';
import { type BenchmarkStage, type Comparison, meanOverSets, metricMeans } from '@ragwright/core/evaluation';
import { columns } from '../terminal/style.ts';
import type { BenchOutcome, BenchPlan, MeasuredSet } from './benchSets.ts';
import { comparisonJson, comparisonTable } from './comparison.ts';

/** Everything about a benchmark, as `--json` prints it. */
export function benchJson(plan: BenchPlan, { measured, failed }: BenchOutcome) {
  const { retriever, bm25, model, rerankerModel, split, candidates } = plan;
  const stages = summaries(measured);
  return {
    benchmark: 'beir',
    retriever,
    split,
    settings: {
      ...(rerankerModel ? { candidates } : {}),
      ...(retriever === 'bm25' || retriever === 'hybrid' ? { bm25 } : {}),
    },
    ...(model ? { model } : {}),
    ...(rerankerModel ? { reranker: rerankerModel } : {}),
    sets: measured.map(setJson),
    failed,
    summary: {
      sets: measured.length,
      failed: failed.length,
      metrics: stages.at(-1)?.metrics ?? {},
      stages,
    },
  };
}

function setJson({ name, folder, result, runFiles }: MeasuredSet) {
  const { documents, queries, k, excludeSameId, stages, comparisons, indexSeconds, seconds } = result;
  return {
    name,
    folder,
    documents,
    queries,
    k,
    excludeSameId,
    metrics: metricMeans((stages.at(-1) as BenchmarkStage).results),
    stages: stages.map((stage) => ({
      stage: stage.name,
      metrics: metricMeans(stage.results),
      seconds: rounded(stage.seconds),
      ...(runFiles[stage.name] === undefined ? {} : { runFile: runFiles[stage.name] }),
    })),
    ...(comparisons ? { comparisons: comparisons.map(comparisonJson) } : {}),
    indexSeconds: rounded(indexSeconds),
    seconds: rounded(seconds),
  };
}

const rounded = (seconds: number): number => Number(seconds.toFixed(3));

/** Means over the sets, stage by stage. */
function summaries(measured: readonly MeasuredSet[]) {
  const stages = measured[0]?.result.stages ?? [];
  return stages.map(({ name }, i) => ({
    stage: name,
    metrics: meanOverSets(
      measured.map(({ result }) => metricMeans((result.stages[i] as BenchmarkStage).results)),
    ),
  }));
}

/** The table: a row for each set and stage, and the mean over the sets. */
export function benchText(plan: BenchPlan, outcome: BenchOutcome): string {
  const { measured, failed } = outcome;
  const parts = [
    measured.length > 0 ? table(measured) : '',
    plan.reranker ? comparisonTable(measured.flatMap(rowsOf)) : '',
    failed.map(({ name, error }) => `${name} failed: ${error.message}`).join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function table(measured: readonly MeasuredSet[]): string {
  const names = measured[0]?.result.stages[0].results.map(({ name }) => name) ?? [];
  const head = ['set', 'stage', 'documents', 'queries', ...names, 'seconds'];
  const rows = measured.flatMap(({ name, result: { stages, documents, queries, indexSeconds } }) =>
    stages.map((stage, i) => [
      i === 0 ? name : '',
      stage.name,
      i === 0 ? count(documents) : '',
      i === 0 ? count(queries) : '',
      ...stage.results.map(({ mean }) => mean.toFixed(4)),
      (stage.seconds + (i === 0 ? indexSeconds : 0)).toFixed(1),
    ]),
  );
  const means = summaries(measured).map(({ stage, metrics }, i) => [
    i === 0 ? `mean of ${measured.length} sets` : '',
    stage,
    '',
    '',
    ...names.map((name) => (metrics[name] as number).toFixed(4)),
  ]);
  return columns([head, ...rows, ...(measured.length > 1 ? means : [])], 2);
}

const rowsOf = ({ name, result }: MeasuredSet): { set: string; comparison: Comparison }[] =>
  (result.comparisons ?? []).map((comparison) => ({ set: name, comparison }));
