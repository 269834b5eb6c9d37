import { setImmediate } from 'node:timers/promises';
import { scope } from '@ragwright/torch';
import { clipGradNorm } from '@ragwright/torch/optim';
import type { RunEvent, TrainingStepEvent } from '../../base/progress.ts';
import { restoreBest, saveBest } from './best.ts';
import { pruneCheckpoints, saveCheckpoint } from './checkpoints.ts';
import { devMetrics } from './devMetrics.ts';
import { NonFiniteLossError } from './errors.ts';
import { Meter } from './meter.ts';
import { optimizerFor, planTraining } from './plan.ts';
import { batchesFrom } from './position.ts';
import { beginRun, identityOf } from './resume.ts';
import { resolveTrainingSettings } from './settings.ts';
import { addLoss, meanLoss, withGenerators } from './state.ts';
import type { TrainingOutcome, TrainingRun, TrainingSettings, TrainingTask } from './types.ts';

/**
 * Trains a model: AdamW, a schedule with warm-up, clipping, evaluation on dev, early stopping, checkpoints. Yields an
 * event per step, evaluation and checkpoint, and lets the event loop run once a step. A run that was killed and
 * resumed ends with the same weights, to the bit, as one that was not (same machine, same libtorch).
 *
 * @throws NonFiniteLossError, which names the batch; CheckpointError if the disk refuses; RunFolderError and
 *   ResumeMismatchError for a run folder of another run; ConfigError; whatever the task throws
 */
export async function* train<Batch>(
  task: TrainingTask<Batch>,
  options: Partial<TrainingSettings>,
  run: TrainingRun,
): AsyncGenerator<RunEvent, TrainingOutcome, undefined> {
  const settings = resolveTrainingSettings(options);
  const { runFolder, stage = 'train', signal } = run;
  const { model } = task;
  const wasTraining = model.training;
  const plan = planTraining(task, settings);
  const optimizer = optimizerFor(model, settings);
  try {
    const { state, checkpoint } = yield* beginRun(task, settings, optimizer, run);
    const trainable = model.parameters().filter((tensor) => tensor.requiresGrad);
    const batches = batchesFrom(task, state);
    const meter = new Meter();
    const begun = performance.now() - 1000 * state.seconds;
    const seconds = () => (performance.now() - begun) / 1000;
    let lastCheckpoint = checkpoint;
    let savedAt = checkpoint === undefined ? -1 : state.step;
    model.train();

    const isStopped = () => settings.patience > 0 && state.badEvaluations >= settings.patience;
    const isDone = () => state.step >= plan.totalSteps || isStopped();
    const mustEvaluate = () => state.evaluatedAt < state.step && plan.evaluatesAt(state.step);
    while (!signal?.aborted) {
      if (mustEvaluate() && !(yield* evaluate())) break;
      if (isDone()) break;
      if (plan.checkpointsAt(state.step)) yield* save();
      yield await step();
      await setImmediate(); // timers, servers and Ctrl-C have their turn
    }
    if (state.step > 0) yield* save();
    const interrupted = !isDone() || mustEvaluate();
    const file = state.best && !interrupted ? await restoreBest(runFolder, model) : undefined;
    return {
      steps: state.step,
      finished: interrupted ? 'interrupted' : isStopped() ? 'early stop' : 'done',
      loss: meanLoss(state),
      ...(state.best && file && { best: { ...state.best, file } }),
      seconds: seconds(),
      tokens: state.tokens,
      peakMemory: process.resourceUsage().maxRSS * 1024,
    };

    async function step(): Promise<TrainingStepEvent> {
      const { indexes, epoch } = batches.next().value;
      const batch = await task.collate(indexes);
      const started = performance.now();
      const { loss, tokens } = withGenerators(state, () =>
        scope(() => task.forwardBackward(batch, settings.precision, state.step / plan.totalSteps)),
      );
      const gradNorm = clipGradNorm(trainable, settings.maxGradNorm || Number.POSITIVE_INFINITY);
      if (!Number.isFinite(loss) || !Number.isFinite(gradNorm)) {
        const details = {
          step: state.step + 1,
          epoch,
          batch: task.describe(batch),
          loss,
          gradNorm,
          lastCheckpoint,
        };
        throw new NonFiniteLossError(details);
      }
      const lrFactor = plan.schedule(state.step);
      optimizer.step({ lrFactor });
      optimizer.zeroGrad();
      meter.add((performance.now() - started) / 1000, tokens);
      state.step++;
      state.tokens += tokens;
      addLoss(state, loss);
      return {
        type: 'step',
        stage,
        step: state.step,
        totalSteps: plan.totalSteps,
        epoch: state.step / task.batchesPerEpoch,
        loss,
        gradNorm,
        learningRate: settings.learningRate * lrFactor,
        tokens,
        tokensPerSecond: meter.tokensPerSecond,
        secondsLeft: meter.secondsFor(plan.totalSteps - state.step),
      };
    }

    /** False if it was interrupted. */
    async function* evaluate(): AsyncGenerator<RunEvent, boolean, undefined> {
      const found = await devMetrics(task, settings.bestMetric, signal);
      if (!found) return false;
      const { metrics, metric } = found;
      const { step } = state;
      state.evaluatedAt = step;
      yield { type: 'evaluation', stage, model: `step ${step}`, step, split: 'dev', metrics };
      state.badEvaluations++;
      if (state.best && metric <= state.best.metric) return true;
      const folder = await saveBest(runFolder, model, { step, metric, metrics });
      state.best = { step, metric };
      state.badEvaluations = 0;
      yield { type: 'checkpoint', stage, step, folder, best: true };
      return true;
    }

    async function* save(): AsyncGenerator<RunEvent, void, undefined> {
      if (savedAt === state.step) return;
      state.seconds = seconds();
      const record = { state, identity: identityOf(task, settings), taskState: task.saveState?.() };
      lastCheckpoint = await saveCheckpoint(runFolder, model, optimizer, record);
      savedAt = state.step;
      await pruneCheckpoints(runFolder, settings.keepCheckpoints);
      yield { type: 'checkpoint', stage, step: state.step, folder: lastCheckpoint, best: false };
    }
  } finally {
    optimizer.zeroGrad();
    optimizer.dispose();
    model.train(wasTraining);
  }
}
