import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import { byRank } from '../stores/ranking.ts';
import type { ChunkFilter, RankedChunk, RetrieveOptions, SearchOptions } from '../types.ts';

type Boosts = Readonly<Record<string, number>>;
type Search = (options: SearchOptions) => Promise<RankedChunk[][]>;

/**
 * Searches, with boosts added to the scores. Besides the best of all, the best chunks of every boosted tag are looked
 * for, so that a chunk that only its boost lifts into the first k is not missed; with negative boosts also the best
 * without such a tag.
 *
 * @throws ConfigError if a boost is no finite number
 */
export async function searchBoosted(search: Search, options: RetrieveOptions): Promise<RankedChunk[][]> {
  const { k, filter, boosts = {} } = options;
  const searches = [filter, ...boostFilters(boosts).map((boost) => both(boost, filter))];
  const found = await Promise.all(
    searches.map((one) => search(one === undefined ? { k } : { k, filter: one })),
  );
  const [plain, ...more] = found as [RankedChunk[][], ...RankedChunk[][][]];
  if (more.length === 0) return plain;
  return plain.map((list, query) => {
    const byId = new Map(list.map((one) => [one.chunk.id, one]));
    for (const lists of more) for (const one of lists[query] ?? []) byId.set(one.chunk.id, one);
    return boosted([...byId.values()], boosts).slice(0, k);
  });
}

/** Adds to each score the boosts of the chunk's tags, and ranks anew. */
export function boosted(ranked: readonly RankedChunk[], boosts: Boosts): RankedChunk[] {
  checkBoosts(boosts);
  return ranked
    .map(({ chunk, score }) => {
      const tags = new Set(chunk.boostTags ?? []);
      let sum = score;
      for (const tag of tags) if (Object.hasOwn(boosts, tag)) sum += boosts[tag] as number;
      return { chunk, score: sum };
    })
    .sort(byRank);
}

function boostFilters(boosts: Boosts): ChunkFilter[] {
  checkBoosts(boosts);
  const has = (tag: string): ChunkFilter => ({ boostTags: { contains: tag } });
  const raised = Object.keys(boosts).filter((tag) => (boosts[tag] as number) > 0);
  const lowered = Object.keys(boosts).filter((tag) => (boosts[tag] as number) < 0);
  if (lowered.length === 0) return raised.map(has);
  const without: ChunkFilter = { not: { or: lowered.map(has) } };
  return [without, ...raised.flatMap((tag) => [has(tag), { and: [has(tag), without] }])];
}

function checkBoosts(boosts: Boosts): void {
  const problems = Object.entries(boosts)
    .filter(([, boost]) => !Number.isFinite(boost))
    .map(([tag, boost]): ConfigProblem => {
      return { field: `boosts.${tag}`, expected: 'a finite number', got: String(boost) };
    });
  if (problems.length > 0) throw new ConfigError('retrieve options', problems);
}

const both = (a: ChunkFilter, b: ChunkFilter | undefined): ChunkFilter =>
  b === undefined ? a : { and: [a, b] };
