import { BestMetricError } from './errors.ts';
import type { TrainingTask } from './types.ts';

export interface DevMetrics {
  readonly metrics: Readonly<Record<string, number>>;
  /** The one that decides. */
  readonly metric: number;
}

/**
 * Evaluates on dev with the model in evaluation mode.
 *
 * @returns undefined if it was interrupted
 * @throws BestMetricError if the deciding metric is absent or not finite; whatever the evaluation throws
 */
export async function devMetrics<Batch>(
  task: TrainingTask<Batch>,
  bestMetric: string,
  signal: AbortSignal | undefined,
): Promise<DevMetrics | undefined> {
  task.model.eval();
  try {
    const metrics = (await task.evaluate?.(signal)) ?? {};
    const metric = metrics[bestMetric];
    if (metric === undefined || !Number.isFinite(metric)) throw new BestMetricError(bestMetric, metrics);
    return { metrics, metric };
  } catch (error) {
    if (signal?.aborted) return undefined;
    throw error;
  } finally {
    task.model.train();
  }
}
