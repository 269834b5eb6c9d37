import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { rerankingRetriever } from '../../knowledge/reranking/index.ts';
import type { PipelineStage, PipelineTask, StageEvaluation } from './types.ts';

/** A stage with what it is and whose candidates it reads. */
export interface CheckedStage {
  readonly stage: PipelineStage;
  readonly kind: StageEvaluation['kind'];
  /** Place of the stage that a reranker reads; -1 for others. */
  readonly source: number;
  /** A reranker reads this one. */
  readonly reranked: boolean;
}

/** @throws ConfigError with everything that is wrong */
export function checkStages(task: PipelineTask): CheckedStage[] {
  const { stages, latencyQueries = 0 } = task;
  const problems: ConfigProblem[] = [];
  const wrong = (field: string, expected: string, got: string) => problems.push({ field, expected, got });
  if (stages.length === 0) wrong('stages', 'at least one', 'none');
  if (!Number.isSafeInteger(latencyQueries) || latencyQueries < 0)
    wrong('latencyQueries', 'a whole number from 0', String(latencyQueries));
  const names = stages.map(({ name }) => name);
  const sources = stages.map((stage, i) => {
    if (names.indexOf(stage.name) < i) wrong(`stages.${i}.name`, 'a name of its own', stage.name);
    if (!('reranker' in stage)) return -1;
    const source = sourceOf(stages, i);
    const below = stages[source];
    if (below === undefined) {
      const place = stage.over === undefined ? `stages.${i}` : `stages.${i}.over`;
      wrong(place, 'a retriever or a run before the reranker', stage.over ?? 'none');
    } else if ('run' in below && task.chunksOf === undefined)
      wrong('chunksOf', `a function, as ${stage.name} reranks a run`, 'nothing');
    return source;
  });
  if (problems.length > 0) throw new ConfigError('evaluatePipeline', problems);
  for (const stage of stages)
    if ('reranker' in stage) rerankingRetriever(unused, stage.reranker, stage.options); // checks the options
  return stages.map((stage, i) => ({
    stage,
    kind: 'reranker' in stage ? 'reranker' : 'run' in stage ? 'run' : 'retriever',
    source: sources[i] as number,
    reranked: sources.includes(i),
  }));
}

const unused = { retrieve: async () => [] };

function sourceOf(stages: readonly PipelineStage[], at: number): number {
  const { over } = stages[at] as { readonly over?: string };
  const before = stages.slice(0, at);
  return before.findLastIndex(
    (stage) => !('reranker' in stage) && (over === undefined || stage.name === over),
  );
}
