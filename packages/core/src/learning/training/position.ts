import { ConfigError } from '../../base/errors.ts';
import type { TrainingState } from './state.ts';
import type { TrainingTask } from './types.ts';

/**
 * The batches from the state's position on, epoch after epoch without end. The state's position is moved behind each
 * as it is handed out.
 *
 * @throws ConfigError for an epoch without batches
 */
export function* batchesFrom(
  task: Pick<TrainingTask<never>, 'epoch'>,
  state: TrainingState,
): Generator<{ readonly epoch: number; readonly indexes: readonly number[] }, never, undefined> {
  for (;;) {
    const { epoch } = state;
    let number = 0;
    for (const indexes of task.epoch(epoch)) {
      if (number++ < state.batch) continue;
      state.batch = number;
      yield { epoch, indexes };
    }
    if (number === 0) {
      throw new ConfigError('training data', [
        { field: '', expected: 'batches in every epoch', got: `none in epoch ${epoch}` },
      ]);
    }
    state.epoch++;
    state.batch = 0;
  }
}
