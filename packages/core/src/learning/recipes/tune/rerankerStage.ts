import { join } from 'node:path';
import type { RunEvent } from '../../../base/progress.ts';
import { withoutUndefined } from '../../../base/settings.ts';
import {
  chooseFusionWeight,
  decideReranker,
  evaluatePipeline,
  type PipelineEvaluation,
  type PipelineStage,
  type RerankerVerdict,
  type Run,
  scoreCandidates,
  storeChunks,
} from '../../../evaluation/index.ts';
import { type Calibration, fitTemperature } from '../../../knowledge/index.ts';
import { type CrossEncoder, loadCrossEncoder } from '../../../models/reranking/index.ts';
import { makeRankingObjective } from '../../objectives/index.ts';
import type { TrainingOutcome } from '../../training/index.ts';
import type { Precision } from '../precision.ts';
import { type RerankerDevSet, tuneReranker } from '../reranker.ts';
import { claimFolder } from './claimFolder.ts';
import type { Knowledge } from './knowledge.ts';
import { type BaseReranker, obtainReranker } from './obtainReranker.ts';
import { rerankerDevSet } from './rerankerDev.ts';
import { makeRerankerLists } from './rerankerLists.ts';
import type { ResolvedRerankerStage } from './rerankerSettings.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import { eventsOf, inStage, type Staged } from './stage.ts';
import type { TuneData } from './types.ts';

/** Where the second stage lies in a run folder. */
export const rerankerFolder = 'reranker';

/** What the reranker is put behind. */
export interface FirstStage {
  /** The embedding model that is kept: its name in the report, and its folder. */
  readonly name: string;
  readonly folder: string;
  readonly knowledge: Pick<Knowledge, 'retriever' | 'store'>;
  /** Results of stages before it, for the report, by name in their order. */
  readonly earlier: readonly { readonly name: string; readonly run: Run }[];
}

export interface RerankerFindings {
  readonly base: Pick<BaseReranker, 'name' | 'source' | 'isUntrained'>;
  readonly lists: number;
  readonly outcome: TrainingOutcome;
  /** Its part in the score, as chosen on dev or given. */
  readonly weight: number;
  /** From its scores to probabilities, fitted on dev; absent without dev. */
  readonly calibration?: Calibration;
  readonly evaluation: PipelineEvaluation;
  readonly verdict: RerankerVerdict;
  /** Where it is saved. */
  readonly folder: string;
}

interface StageContext {
  readonly data: TuneData;
  readonly first: FirstStage;
  readonly settings: ResolvedTuneSettings & { readonly reranker: ResolvedRerankerStage };
  readonly precision: Precision;
  readonly runFolder: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The second stage: negatives mined with the kept embedding model → a cross-encoder trained on them → its weight beside
 * the retriever chosen on dev → the whole pipeline measured on test, with and without it.
 *
 * @returns undefined if it was interrupted
 */
export async function* addReranker(
  context: StageContext,
): AsyncGenerator<RunEvent, RerankerFindings | undefined, undefined> {
  const { data, first, settings, precision, runFolder, signal } = context;
  const { reranker: stage, evaluation } = settings;
  const base = yield* inStage('reranker', obtainReranker(stage, first.folder, signal));
  const { model, ...about } = base;
  try {
    const { knowledge } = first;
    const { needs } = makeRankingObjective(stage.training.objective);
    const lists = yield* inStage(
      'mine for the reranker',
      makeRerankerLists(data, knowledge, stage, { needs }, signal),
    );
    const dev = await rerankerDevSet(data, knowledge, stage, signal);
    const folder = join(runFolder, rerankerFolder);
    await claimFolder(folder, model.fingerprint());
    const bestMetric = stage.training.bestMetric ?? evaluation.decidedBy;
    const tuned = yield* tuneReranker({
      model,
      lists,
      dev: dev && { ...dev, metrics: [evaluation.decidedBy] },
      settings: { ...stage.training, bestMetric, precision },
      runFolder: folder,
      eventsFolder: runFolder,
      signal,
      resume: true,
      record: false,
    });
    if (tuned.folder === undefined) return undefined;
    const { weight, calibration } = yield* inStage('fit to dev', fitToDev(model, dev, context));
    const measured = yield* inStage('evaluate pipeline', measurePipeline(base, weight, context));
    return {
      base: about,
      lists: lists.length,
      outcome: tuned.outcome,
      weight,
      ...(calibration && { calibration }),
      ...measured,
      folder: tuned.folder,
    };
  } finally {
    model.dispose();
  }
}

/** Its weight beside the retriever, and what its scores mean, both on dev. */
async function* fitToDev(
  model: CrossEncoder,
  dev: RerankerDevSet | undefined,
  { first, settings, precision, signal }: StageContext,
): AsyncGenerator<RunEvent, Staged<Pick<RerankerFindings, 'weight' | 'calibration'>>, undefined> {
  const { weight: given, candidates } = settings.reranker;
  if (!dev) {
    const weight = given === 'dev' ? 1 : given;
    return { value: { weight }, summary: `no dev queries: weight ${weight}, scores as they are` };
  }
  const { retriever } = first.knowledge;
  const reranker = model.reranker({ precision });
  const task = { queries: dev.queries, retriever, reranker, candidates, ...(signal && { signal }) };
  const scored = await scoreCandidates(task);
  const { judgements } = dev;
  const metric = settings.evaluation.decidedBy;
  const chosen = chooseFusionWeight({ candidates: scored, judgements, metric });
  const weight = given === 'dev' ? chosen.weight : given;
  const all = [...scored].flatMap(([query, list]) =>
    list.map(({ chunk, rerankerScore }) => ({
      score: rerankerScore,
      label: (judgements.get(query)?.get(chunk.documentId) ?? 0) > 0 ? 1 : 0,
    })),
  );
  const labels = all.map(({ label }) => label);
  const isMixed = labels.includes(1) && labels.includes(0);
  const calibration = isMixed
    ? fitTemperature(
        all.map(({ score }) => score),
        labels,
      )
    : undefined;
  const summary = `weight ${weight} beside the retriever (dev ${metric} ${chosen.value.toFixed(4)} at ${chosen.weight})`;
  return { value: { weight, ...(calibration && { calibration }) }, summary };
}

/** The pipeline on test: retriever, with the base reranker if it can rank, with the tuned one. */
async function* measurePipeline(
  base: BaseReranker,
  weight: number,
  { data, first, settings, precision, signal }: StageContext,
): AsyncGenerator<RunEvent, Staged<Pick<RerankerFindings, 'evaluation' | 'verdict'>>, undefined> {
  const { retriever, store } = first.knowledge;
  const { evaluation: wanted, reranker: stage } = settings;
  const metrics = [...new Set([wanted.decidedBy, ...wanted.metrics])];
  const { candidates } = stage;
  const untuned = base.isUntrained
    ? undefined
    : await loadCrossEncoder(base.folder, { settings: base.model.settings });
  try {
    const stages: PipelineStage[] = [
      ...first.earlier,
      { name: first.name, retriever },
      ...(untuned
        ? [
            {
              name: '+ base reranker',
              reranker: untuned.reranker({ precision }),
              over: first.name,
              options: { candidates },
            },
          ]
        : []),
      {
        name: '+ tuned reranker',
        reranker: base.model.reranker({ precision }),
        over: first.name,
        options: { candidates, weight },
      },
    ];
    const evaluation = yield* eventsOf((send) =>
      evaluatePipeline({
        stages,
        queries: data.queries,
        judgements: data.judgements.test,
        metrics,
        chunksOf: storeChunks(store),
        onProgress: (_, done, total) =>
          send({ type: 'progress', stage: 'evaluate pipeline', done, total, unit: 'queries' }),
        ...withoutUndefined({ signal }),
      }),
    );
    for (const { name, honest } of evaluation.stages) {
      const means = Object.fromEntries(honest.results.map(({ name: metric, mean }) => [metric, mean]));
      yield { type: 'evaluation', stage: 'evaluate pipeline', model: name, split: 'test', metrics: means };
    }
    const last = evaluation.stages.at(-1);
    const gain = last?.honest.againstSource?.find(({ comparison }) => comparison.metric === wanted.decidedBy);
    if (!gain) throw new Error(`no comparison of ${wanted.decidedBy}`);
    const verdict = decideReranker(gain.comparison, wanted.alpha);
    return { value: { evaluation, verdict }, summary: verdict.words };
  } finally {
    untuned?.dispose();
  }
}
