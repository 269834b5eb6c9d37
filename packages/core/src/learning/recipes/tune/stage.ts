import type { RunEvent } from '../../../base/progress.ts';

/** What a stage made, and how to say it in one line. */
export interface Staged<T> {
  readonly value: T;
  readonly summary: string;
}

/** Runs a stage between its two stage events. */
export async function* inStage<T>(
  stage: string,
  work: AsyncGenerator<RunEvent, Staged<T>, undefined>,
): AsyncGenerator<RunEvent, T, undefined> {
  const begun = performance.now();
  yield { type: 'stage', stage, status: 'started' };
  const { value, summary } = yield* work;
  yield { type: 'stage', stage, status: 'done', seconds: (performance.now() - begun) / 1000, summary };
  return value;
}

/** Events that a callback of `work` sends, as they come, and then what it returns. */
export async function* eventsOf<T>(
  work: (send: (event: RunEvent) => void) => Promise<T>,
): AsyncGenerator<RunEvent, T, undefined> {
  const queue: RunEvent[] = [];
  let wake: (() => void) | undefined;
  let isDone = false;
  const result = work((event) => {
    queue.push(event);
    wake?.();
  }).finally(() => {
    isDone = true;
    wake?.();
  });
  result.catch(() => undefined); // thrown below
  while (!isDone || queue.length > 0) {
    const event = queue.shift();
    if (event) yield event;
    else
      await new Promise<void>((resume) => {
        wake = resume;
      });
  }
  return result;
}
