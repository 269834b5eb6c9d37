import type {
  BeirFolder,
  BenchmarkData,
  BenchmarkResult,
  BenchmarkStage,
  BenchmarkTask,
} from '@ragwright/core/evaluation';
import type { Bm25Options, Embedder, Reranker } from '@ragwright/core/knowledge';
import type { Context } from '../command/types.ts';
import { describeError } from '../describeError.ts';
import { follow } from '../terminal/follow.ts';
import type { RunFiles } from './runFiles.ts';

/** A model of a benchmark, for the record. */
export interface UsedModel {
  readonly source: string | undefined;
  readonly folder: string;
  readonly precision: string;
}

/** What a benchmark does, on every set alike. */
export interface BenchPlan {
  readonly sets: readonly BeirFolder[];
  readonly retriever: 'bm25' | 'dense' | 'hybrid' | 'run';
  readonly bm25: Required<Bm25Options>;
  readonly embedder?: Embedder;
  readonly model?: UsedModel;
  readonly reranker?: Reranker;
  readonly rerankerModel?: UsedModel;
  readonly candidates: number;
  readonly split: string;
  /** Empty: the default ones. */
  readonly metrics: readonly string[];
  readonly k: number | undefined;
  /** Undefined: the data decide. */
  readonly excludeSameId: boolean | undefined;
  readonly files: { readonly write: RunFiles | undefined; readonly read: RunFiles | undefined };
}

export interface MeasuredSet extends BeirFolder {
  readonly result: BenchmarkResult;
  /** Run file by stage. */
  readonly runFiles: Readonly<Record<string, string>>;
}

export interface FailedSet extends BeirFolder {
  readonly error: { readonly name: string; readonly message: string };
}

export interface BenchOutcome {
  readonly measured: readonly MeasuredSet[];
  readonly failed: readonly FailedSet[];
}

/**
 * Measures one set after the other; its run is written before the next one begins. A set that fails among several is
 * told and noted, and the others go on; one that is alone throws.
 */
export async function benchSets(plan: BenchPlan, { terminal, signal, env }: Context): Promise<BenchOutcome> {
  const measured: MeasuredSet[] = [];
  const failed: FailedSet[] = [];
  for (const set of plan.sets) {
    try {
      measured.push(await benchSet(plan, set, { terminal, signal }));
    } catch (error) {
      if (signal.aborted || plan.sets.length === 1) throw error;
      const { name, message } = describeError(error, env);
      failed.push({ ...set, error: { name, message } });
      terminal.event({ type: 'notice', level: 'warning', message: `${set.name} failed: ${message}` });
    }
  }
  return { measured, failed };
}

async function benchSet(
  plan: BenchPlan,
  set: BeirFolder,
  { terminal, signal }: Pick<Context, 'terminal' | 'signal'>,
): Promise<MeasuredSet> {
  const { openBeir, runBenchmark } = await import('@ragwright/core/evaluation');
  const data = await openBeir(set.folder, { split: plan.split, name: set.name });
  const task = await taskOf(plan, data, signal);
  const result = await follow(runBenchmark(task), terminal, false);
  return { ...set, result, runFiles: await writeRuns(plan, result) };
}

async function taskOf(plan: BenchPlan, data: BenchmarkData, signal: AbortSignal): Promise<BenchmarkTask> {
  const { metrics, k, candidates, excludeSameId, reranker } = plan;
  return {
    data,
    first: await firstStage(plan, data.name),
    ...(reranker ? { reranker, candidates } : {}),
    ...(metrics.length > 0 ? { metrics } : {}),
    ...(k === undefined ? {} : { k }),
    ...(excludeSameId === undefined ? {} : { excludeSameId }),
    signal,
  };
}

async function firstStage(
  { retriever, bm25, embedder, files }: BenchPlan,
  name: string,
): Promise<BenchmarkTask['first']> {
  if (files.read) {
    const { readTrecRun } = await import('@ragwright/core/evaluation');
    return { kind: 'run', name: 'run', run: await readTrecRun(files.read.of(name, 'run')) };
  }
  if (!embedder || retriever === 'bm25') return { kind: 'bm25', ...bm25 };
  return retriever === 'hybrid' ? { kind: 'hybrid', embedder, bm25 } : { kind: 'dense', embedder };
}

async function writeRuns({ files: { write } }: BenchPlan, { name, stages }: BenchmarkResult) {
  const written: Record<string, string> = {};
  if (!write) return written;
  const { writeTrecRun } = await import('@ragwright/core/evaluation');
  for (const stage of write.byStage ? stages : ([stages.at(-1)] as BenchmarkStage[])) {
    const file = write.of(name, stage.name);
    await writeTrecRun(file, stage.run, `ragwright-${stage.name}`);
    written[stage.name] = file;
  }
  return written;
}
