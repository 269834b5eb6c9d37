import { RagwrightError } from '../../../base/errors.ts';
import { SeededRandom } from '../../../base/rng.ts';
import type { TrainingPair } from '../types.ts';
import type { CandidateList, CandidateSource } from './candidates.ts';
import { embedderCandidates } from './embedderCandidates.ts';
import { groupPairs, type QueryGroup } from './groupPairs.ts';
import { type ResolvedMiningOptions, resolveMiningOptions, usesPositiveScore } from './options.ts';
import { retrieverCandidates } from './retrieverCandidates.ts';
import { rowsOf } from './rows.ts';
import { selectNegatives } from './selectNegatives.ts';
import { MiningStatistics } from './statistics.ts';
import type { MiningEvent, MiningSummary, MiningTask, Rescore } from './types.ts';

/** Queries that are embedded, searched and reported together. */
const batchSize = 512;

/**
 * Finds hard negatives for pairs: passages that look like answers and, as far as anybody knows, are none. Follows
 * sentence-transformers' `mine_hard_negatives`, with two differences: every known positive of a query is masked by
 * id too, and rows come as they are found, so that 100,000 pairs need not be held.
 *
 * @example
 * for await (const event of mineHardNegatives({ pairs, source: { embedder, corpus }, relativeMargin: 0.05 }))
 *   if (event.type === 'pairs') rows.push(...event.pairs)
 * @returns statistics, for `formatMiningSummary`
 * @throws ConfigError, VectorError; the signal's reason
 */
export async function* mineHardNegatives(
  task: MiningTask,
): AsyncGenerator<MiningEvent, MiningSummary, undefined> {
  const { pairs, knownPositives, source, rescore, signal, ...knobs } = task;
  const groups = groupPairs(pairs, knownPositives);
  const mostPositives = groups.reduce((most, { positives }) => Math.max(most, positives.length), 0);
  const mostMasked = groups.reduce((most, group) => Math.max(most, group.masked), 0);
  const options = resolveMiningOptions(knobs, mostPositives);
  const scorer = usesPositiveScore(options) ? rescore : undefined;
  const random = new SeededRandom(options.seed);
  const statistics = new MiningStatistics(options);
  const candidates: CandidateSource =
    'embedder' in source
      ? await embedderCandidates(source, groups, signal)
      : retrieverCandidates(source.retriever, signal);
  try {
    yield* candidates.prepare();
    for (let start = 0; start < groups.length; start += batchSize) {
      signal?.throwIfAborted();
      const batch = groups.slice(start, start + batchSize);
      const found = await candidates.find(batch, options.rangeMax + mostMasked);
      const lists = scorer ? await rescoreLists(batch, found, scorer) : found;
      const rows = batch.flatMap((group, i) =>
        mineOne(group, lists[i] as CandidateList, options, random, statistics),
      );
      if (rows.length > 0) yield { type: 'pairs', pairs: rows };
      const done = start + batch.length;
      yield { type: 'progress', stage: 'mine', done, total: groups.length, unit: 'queries' };
    }
    return statistics.summary();
  } finally {
    await candidates.close();
  }
}

function mineOne(
  group: QueryGroup,
  list: CandidateList,
  options: ResolvedMiningOptions,
  random: SeededRandom,
  statistics: MiningStatistics,
): TrainingPair[] {
  const selection = selectNegatives(list, options, random);
  const mined = { group, positiveScores: list.positiveScores, negatives: selection.negatives };
  const rows = rowsOf(mined, options);
  statistics.add(mined, selection, rows.length, list.notFound);
  return rows;
}

/** All candidates and positives of a batch in one call, with their new scores put in place. */
async function rescoreLists(
  groups: readonly QueryGroup[],
  lists: readonly CandidateList[],
  rescore: Rescore,
): Promise<CandidateList[]> {
  const pairs = groups.flatMap(({ query, positives }, i) =>
    [...(lists[i]?.candidates ?? []), ...positives].map(({ text }) => [query, text] as const),
  );
  const scores = await rescore(pairs);
  if (scores.length !== pairs.length)
    throw new RagwrightError(`rescore returned ${scores.length} scores for ${pairs.length} pairs`);
  let at = 0;
  const next = (): number => scores[at++] as number;
  return lists.map(({ candidates, positiveScores }) => ({
    candidates: candidates.map((candidate) => ({ ...candidate, score: next() })),
    positiveScores: positiveScores.map(next),
    notFound: 0,
  }));
}

/** All rows at once, with the statistics; for sets that fit into memory. @throws as {@link mineHardNegatives} */
export async function mineAllHardNegatives(
  task: MiningTask,
): Promise<{ readonly pairs: TrainingPair[]; readonly summary: MiningSummary }> {
  const pairs: TrainingPair[] = [];
  const events = mineHardNegatives(task);
  for (;;) {
    const next = await events.next();
    if (next.done) return { pairs, summary: next.value };
    if (next.value.type === 'pairs') for (const pair of next.value.pairs) pairs.push(pair);
  }
}
