import { UsageError } from '../command/errors.ts';

export const metricOption = {
  kind: 'text',
  hint: 'NAME',
  many: true,
  about: 'ndcg@10, mrr@10, map@100, recall@10, precision@5, hit@1 …',
} as const;

/** A wrong name is told before anything is fetched. @throws UsageError */
export async function checkMetrics(names: readonly string[]): Promise<void> {
  const { parseMetric } = await import('@ragwright/core/evaluation');
  for (const name of names) {
    try {
      parseMetric(name);
    } catch (cause) {
      throw new UsageError(`--metric ${name}: ${(cause as Error).message}`);
    }
  }
}
