import type { StageEvent } from '../../base/progress.ts';

/** The two events of a stage: one now, one with its time and what came out when it is done. */
export function beginStage(stage: string): {
  readonly started: StageEvent;
  done(summary: string): StageEvent;
} {
  const begun = performance.now();
  const seconds = () => (performance.now() - begun) / 1000;
  return {
    started: { type: 'stage', stage, status: 'started' },
    done: (summary) => ({ type: 'stage', stage, status: 'done', seconds: seconds(), summary }),
  };
}
