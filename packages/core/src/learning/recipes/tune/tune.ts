import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '../../../base/errors.ts';
import type { RunEvent } from '../../../base/progress.ts';
import { readRunEvents, recordEvents, runFiles, writeResolvedConfig } from '../../../base/runFolder.ts';
import { withoutSecrets } from '../../../base/secrets.ts';
import { version } from '../../../base/version.ts';
import { compareMetrics } from '../../../evaluation/index.ts';
import { decide, renderModelCard, type Verdict, writeReport } from '../../../evaluation/report/index.ts';
import type { KnowledgeStore } from '../../../knowledge/types.ts';
import { type EmbeddingModel, loadEmbeddingModel } from '../../../models/embedding/index.ts';
import { type TunedEmbedder, tuneEmbedder } from '../embedder.ts';
import { fastPrecision } from '../precision.ts';
import { claimFolder } from './claimFolder.ts';
import { devSetOf } from './devSet.ts';
import { firstStage } from './firstStage.ts';
import { indexDocuments, type Knowledge, openStore, splitterFor } from './knowledge.ts';
import { knownAnswers } from './knownAnswers.ts';
import { loadData } from './loadData.ts';
import { measure } from './measure.ts';
import { obtainModel } from './obtainModel.ts';
import { type PipelineDescription, removePipeline, writePipeline } from './pipelineFile.ts';
import { type Findings, reportData } from './reportData.ts';
import { addReranker, type RerankerFindings, rerankerFolder } from './rerankerStage.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import { inStage, type Staged } from './stage.ts';
import { makeTrainingPairs } from './trainingPairs.ts';
import type { BaseModel, RerankerOutcome, TuneOutcome } from './types.ts';

export interface TuneRun {
  /** Gets index, checkpoints, model and report; an interrupted run goes on from what lies there. */
  readonly runFolder: string;
  /** On abort the run saves what it has and ends as `interrupted`. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * From documents to a better retrieval pipeline: load → chunk, embed, index → measure → mine hard negatives → fine-tune the
 * embedding model → index and measure again → mine its mistakes → train a reranker on them → measure the pipeline with and
 * without it → report. Each stage is kept only if it is better with significance.
 *
 * @example
 * for await (const event of tune(tuneSettings.parse({ documents: 'docs' }), { runFolder: 'run' })) show(event);
 *
 * @throws ConfigError, DataError, ModelSourceError, StoreError and what training throws; nothing that an earlier stage
 *   made is lost
 */
export async function* tune(
  settings: ResolvedTuneSettings,
  run: TuneRun,
): AsyncGenerator<RunEvent, TuneOutcome, undefined> {
  return yield* recordEvents(run.runFolder, stages(settings, run));
}

async function* stages(
  settings: ResolvedTuneSettings,
  { runFolder, signal }: TuneRun,
): AsyncGenerator<RunEvent, TuneOutcome, undefined> {
  const stores: KnowledgeStore[] = [];
  let base: BaseModel | undefined;
  try {
    refuseSemantic(settings);
    await writeResolvedConfig(runFolder, withoutSecrets(settings) as object);
    const precision = settings.precision === 'auto' ? await fastPrecision() : settings.precision;
    const options = { precision, signal };

    const data = yield* inStage('load', loadData(settings, signal));
    base = yield* inStage('model', obtainModel(settings, data.documents, { runFolder, ...options }));
    const { model, fromScratch } = base;
    await claimFolder(runFolder, model.fingerprint());
    yield* similarityNotice(model);
    const splitter = splitterFor(settings, model);

    const index = async function* (which: 'base' | 'tuned') {
      const store = await openStore(settings, runFolder, which);
      stores.push(store);
      return yield* indexDocuments(data.documents, model, splitter, store, options);
    };
    const knowledge: Knowledge = yield* index('base');
    const before = yield* inStage('evaluate base', measure('base', knowledge, data, settings, signal));
    const { pairs, atRandom } = yield* inStage('mine', makeTrainingPairs(data, knowledge, settings, signal));
    const { decidedBy, alpha } = settings.evaluation;
    const dev = await devSetOf(data, knowledge, signal);

    // model/ may become another one now: an earlier run's pipeline would name the wrong index.
    await removePipeline(runFolder);
    const tuned: TunedEmbedder = yield* tuneEmbedder({
      model,
      pairs,
      dev: dev && { ...dev, metrics: [decidedBy] },
      judgements: knownAnswers(data),
      settings: { ...settings.training, bestMetric: settings.training.bestMetric ?? decidedBy, precision },
      runFolder,
      signal,
      resume: true,
      record: false,
    });
    if (tuned.outcome.finished === 'interrupted')
      return { finished: 'interrupted', comparisons: [], fromScratch };

    const tunedKnowledge = yield* index('tuned');
    const after = yield* inStage('evaluate tuned', measure('tuned', tunedKnowledge, data, settings, signal));
    const comparisons = compareMetrics(before.results, after.results);
    const comparison = comparisons.find(({ metric }) => metric === decidedBy);
    if (!comparison) throw new Error(`no comparison of ${decidedBy}`);
    const verdict = decide(comparison, alpha);

    const { reranker: wanted } = settings;
    let reranker: RerankerFindings | undefined;
    if (wanted !== false) {
      const both = { base: knowledge, tuned: tunedKnowledge };
      const first = await firstStage({ base, verdict, knowledge: both, before, precision, runFolder });
      try {
        reranker = yield* addReranker({
          data,
          first,
          settings: { ...settings, reranker: wanted },
          precision,
          runFolder,
          signal,
        });
      } finally {
        first.dispose();
      }
      if (!reranker) return { finished: 'interrupted', comparisons: [], fromScratch };
    }

    const events = await readRunEvents(runFolder);
    const { outcome } = tuned;
    const findings = {
      settings,
      precision,
      data,
      base,
      knowledge,
      pairs,
      atRandom,
      before,
      after,
      comparisons,
      verdict,
      outcome,
      ...(reranker && { reranker }),
      events,
      version,
    };
    const report = yield* inStage('report', conclude(findings, runFolder));
    return {
      finished: 'done',
      verdict,
      comparisons,
      model: join(runFolder, runFiles.model),
      ...(reranker && { reranker: outcomeOf(reranker) }),
      report,
      fromScratch,
    };
  } catch (error) {
    if (!signal?.aborted) throw error;
    return { finished: 'interrupted', comparisons: [], fromScratch: base?.fromScratch ?? false };
  } finally {
    for (const store of stores) await store.close();
    base?.model.dispose();
  }
}

const outcomeOf = ({ verdict, evaluation, weight, folder }: RerankerFindings): RerankerOutcome => ({
  verdict,
  weight,
  ...(verdict.kept === 'reranker' && { folder }),
  stages: evaluation.stages.map(({ name, honest }) => ({
    name,
    metrics: Object.fromEntries(honest.results.map(({ name: metric, mean }) => [metric, mean])),
  })),
});

/** Semantic chunks are cut by the model: by the tuned one they would be others, and the comparison unfair. */
function refuseSemantic({ chunks: { kind } }: ResolvedTuneSettings): void {
  if (kind !== 'semantic') return;
  const expected = 'a kind that does not depend on the model that is tuned: auto, recursive, sentence …';
  throw new ConfigError('tune', [{ field: 'chunks.kind', expected, got: kind }]);
}

async function* similarityNotice({ settings: { similarity } }: EmbeddingModel): AsyncGenerator<RunEvent> {
  if (similarity === 'cosine') return;
  const message = `The model compares by ${similarity}; indexing, mining and measuring here are by cosine.`;
  yield { type: 'notice', level: 'warning', message };
}

/** Keeps the better model in `model/`, with its card, and writes the report. */
async function* conclude(
  findings: Findings,
  runFolder: string,
): AsyncGenerator<RunEvent, Staged<string>, undefined> {
  const data = await reportData(findings);
  const folder = join(runFolder, runFiles.model);
  const { base, verdict } = findings;
  await keep(
    base,
    verdict,
    runFolder,
    folder,
    renderModelCard(data, { prompts: base.model.settings.prompts }),
  );
  await writePipeline(runFolder, pipelineOf(findings));
  const page = await writeReport(runFolder, data);
  const kept =
    verdict.kept === 'tuned'
      ? 'the tuned model is better and is kept'
      : 'no proven gain: the base model is kept';
  yield { type: 'notice', level: 'info', message: kept };
  if (findings.reranker) yield { type: 'notice', level: 'info', message: findings.reranker.verdict.words };
  return { value: page, summary: page };
}

/** What the run hands over for answering questions: the better embedding model, and the reranker if it helps. */
function pipelineOf({ verdict, reranker, settings }: Findings): PipelineDescription {
  const parts = { model: runFiles.model, index: verdict.kept };
  if (settings.reranker === false || reranker?.verdict.kept !== 'reranker') return parts;
  const { weight, calibration } = reranker;
  const { candidates } = settings.reranker;
  const folder = `${rerankerFolder}/${runFiles.model}`;
  return { ...parts, reranker: { folder, candidates, weight, ...(calibration && { calibration }) } };
}

async function keep(
  base: BaseModel,
  verdict: Verdict,
  runFolder: string,
  folder: string,
  readme: string,
): Promise<void> {
  if (verdict.kept === 'tuned') return base.model.save(folder, { readme }); // tuned in place
  const aside = join(runFolder, 'tuned');
  await rm(aside, { recursive: true, force: true });
  await rename(folder, aside);
  using model: EmbeddingModel = await loadEmbeddingModel(base.folder);
  await model.save(folder, { readme });
}
