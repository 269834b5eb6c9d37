import type { RunEvent } from '../../base/progress.ts';
import type { EvaluationPoint, RunHistory, StagePoint, StepPoint } from './types.ts';

/** Most steps that a history keeps; a curve of more points looks the same. */
const MOST_STEPS = 2000;

/**
 * The course of a run from its events (those of `events.jsonl`). A resumed run writes some steps twice: the later
 * one counts.
 */
export async function collectHistory(
  events: Iterable<RunEvent> | AsyncIterable<RunEvent>,
): Promise<RunHistory> {
  const steps = new Map<number, StepPoint>();
  const evaluations = new Map<string, EvaluationPoint>();
  const stages = new Map<string, StagePoint>();
  const notices = new Map<string, RunHistory['notices'][number]>();
  let bestStep: number | undefined;
  for await (const event of events) {
    if (event.type === 'step') {
      const { step, loss, gradNorm, learningRate, tokensPerSecond } = event;
      steps.set(step, { step, loss, gradNorm, learningRate, tokensPerSecond });
    } else if (event.type === 'evaluation') {
      const step = event.step ?? (event.model === 'base' ? 0 : undefined);
      const { split, metrics } = event;
      if (step !== undefined) evaluations.set(`${split} ${step}`, { step, split, metrics });
    } else if (event.type === 'stage' && event.status === 'done') {
      addStage(stages, event.stage, event.seconds ?? 0, event.summary);
    } else if (event.type === 'checkpoint' && event.best) {
      bestStep = event.step;
    } else if (event.type === 'notice') {
      notices.set(event.message, { level: event.level, message: event.message });
    }
  }
  return {
    steps: thinned([...steps.values()].sort((a, b) => a.step - b.step)),
    evaluations: [...evaluations.values()].sort((a, b) => a.step - b.step),
    stages: [...stages.values()],
    notices: [...notices.values()],
    ...(bestStep === undefined ? {} : { bestStep }),
  };
}

function addStage(
  stages: Map<string, StagePoint>,
  stage: string,
  seconds: number,
  summary: string | undefined,
): void {
  const before = stages.get(stage);
  const text = summary ?? before?.summary;
  stages.set(stage, {
    stage,
    seconds: (before?.seconds ?? 0) + seconds,
    ...(text === undefined ? {} : { summary: text }),
  });
}

/** Means of neighbours, so that there are at most {@link MOST_STEPS}. */
function thinned(steps: readonly StepPoint[]): readonly StepPoint[] {
  if (steps.length <= MOST_STEPS) return steps;
  const size = Math.ceil(steps.length / MOST_STEPS);
  const result: StepPoint[] = [];
  for (let start = 0; start < steps.length; start += size) {
    const group = steps.slice(start, start + size);
    const mean = (read: (point: StepPoint) => number) =>
      group.reduce((sum, point) => sum + read(point), 0) / group.length;
    result.push({
      step: (group.at(-1) as StepPoint).step,
      loss: mean((point) => point.loss),
      gradNorm: mean((point) => point.gradNorm),
      learningRate: mean((point) => point.learningRate),
      tokensPerSecond: mean((point) => point.tokensPerSecond),
    });
  }
  return result;
}
