import type { RetrieveOptions, Retriever } from '../../knowledge/types.ts';
import { quantile } from '../significance/index.ts';
import type { StageLatency } from './types.ts';

/**
 * How long a query alone takes, over queries spread evenly among the given ones. One more runs before, so that what
 * only the first call costs is not counted.
 *
 * @returns undefined without queries
 */
export async function measureLatency(
  texts: readonly string[],
  count: number,
  retriever: Retriever,
  options: RetrieveOptions,
): Promise<StageLatency | undefined> {
  const measured = Math.min(count, texts.length);
  if (measured < 1) return undefined;
  const at = (i: number) => texts[Math.floor((i * texts.length) / measured)] as string;
  await retriever.retrieve([at(0)], options);
  const times: number[] = [];
  for (let i = 0; i < measured; i++) {
    options.signal?.throwIfAborted();
    const started = performance.now();
    await retriever.retrieve([at(i)], options);
    times.push(performance.now() - started);
  }
  times.sort((a, b) => a - b);
  return { queries: measured, p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
