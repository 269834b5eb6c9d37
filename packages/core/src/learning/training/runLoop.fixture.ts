import type { RunEvent } from '../../base/progress.ts';
import { train } from './index.ts';
import { tinyTask } from './tinyTask.fixture.mjs';
import type { TrainingOutcome, TrainingRun, TrainingSettings, TrainingTask } from './types.ts';

export type Task = TrainingTask<readonly number[]>;

export const newTask = async (): Promise<Task> => (await tinyTask()) as unknown as Task;

export type RunOptions = Partial<TrainingRun> & { readonly onEvent?: (event: RunEvent) => void };

/** Runs the loop to its end and collects what it says. */
export async function runLoop(
  task: Task,
  settings: Partial<TrainingSettings>,
  { onEvent, ...run }: RunOptions & Pick<TrainingRun, 'runFolder'>,
): Promise<{ readonly events: RunEvent[]; readonly outcome: TrainingOutcome }> {
  const events: RunEvent[] = [];
  const loop = train(task, settings, run);
  for (;;) {
    const next = await loop.next();
    if (next.done) return { events, outcome: next.value };
    events.push(next.value);
    onEvent?.(next.value);
  }
}
