import { ConfigError } from '../../../base/errors.ts';
import type { RunEvent } from '../../../base/progress.ts';
import { SeededRandom } from '../../../base/rng.ts';
import type { Chunk } from '../../../corpus/index.ts';
import { searchableText } from '../../../knowledge/index.ts';
import { type MiningSummary, mineHardNegatives, type TrainingPair } from '../../pairs/index.ts';
import type { Knowledge } from './knowledge.ts';
import { knownAnswers } from './knownAnswers.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import type { Staged } from './stage.ts';
import type { TuneData } from './types.ts';

/** Chunks among which a document's nearest one is looked for before it is asked for by name. */
const nearest = 100;

export interface MadePairs {
  readonly pairs: readonly TrainingPair[];
  /** Pairs for which mining found too few negatives, so that theirs are random. */
  readonly atRandom: number;
  readonly mining?: MiningSummary;
}

/** The training part as rows, each with its hard negatives. */
export async function* makeTrainingPairs(
  data: TuneData,
  knowledge: Knowledge,
  settings: ResolvedTuneSettings,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, Staged<MadePairs>, undefined> {
  const positives = data.madePairs ?? (yield* nearestChunks(data, knowledge, signal));
  const { perPair, ...knobs } = settings.negatives;
  if (perPair === 0)
    return {
      value: { pairs: positives, atRandom: 0 },
      summary: `${number(positives.length)} pairs, none mined`,
    };
  const chunks = new Map<string, Chunk>();
  for await (const chunk of knowledge.store.chunks()) chunks.set(chunk.id, chunk);
  const rows: TrainingPair[] = [];
  const given = Object.fromEntries(Object.entries(knobs).filter(([, value]) => value !== undefined));
  const mining = mineHardNegatives({
    ...given,
    negatives: perPair,
    seed: settings.split.seed,
    pairs: positives,
    knownPositives: knownAnswers(data),
    source: { retriever: knowledge.retriever },
    ...(signal && { signal }),
  });
  for (;;) {
    const next = await mining.next();
    if (next.done) {
      const { pairs, atRandom } = filled(positives, rows, chunks, data, settings);
      const { negatives, queries, masked } = next.value;
      const summary = `${number(pairs.length)} pairs; ${number(negatives.count)} negatives for ${number(queries)} queries, ${number(masked)} known answers masked; ${number(atRandom)} pairs got random ones`;
      return { value: { pairs, atRandom, mining: next.value }, summary };
    }
    if (next.value.type === 'pairs') rows.push(...next.value.pairs);
    else yield next.value;
  }
}

/** For each judged document the chunk that the model finds nearest to the query. */
export async function* nearestChunks(
  { judgements, queries }: Pick<TuneData, 'judgements' | 'queries'>,
  { retriever }: Pick<Knowledge, 'retriever'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, TrainingPair[], undefined> {
  const pairs: TrainingPair[] = [];
  const judged = [...judgements.train];
  for (let start = 0; start < judged.length; start += 256) {
    const batch = judged.slice(start, start + 256);
    const texts = batch.map(([id]) => queries.get(id) as string);
    const asked = { k: nearest, ...(signal && { signal }) };
    const lists = await retriever.retrieve(texts, asked);
    for (const [i, [queryId, grades]] of batch.entries()) {
      for (const [positiveId, grade] of grades) {
        if (grade <= 0) continue;
        const query = texts[i] as string;
        const found =
          lists[i]?.find(({ chunk }) => chunk.documentId === positiveId) ??
          (await retriever.retrieve([query], { ...asked, k: 1, filter: { documentId: positiveId } }))[0]?.[0];
        if (found) pairs.push({ query, positive: searchableText(found.chunk), queryId, positiveId });
      }
    }
    yield {
      type: 'progress',
      stage: 'mine',
      done: start + batch.length,
      total: judged.length,
      unit: 'queries',
    };
  }
  return pairs;
}

/**
 * Every pair in its place, with negatives as the index embeds them. A pair for which mining found too few gets
 * passages of other documents at random, so that what it teaches is not lost.
 */
function filled(
  positives: readonly TrainingPair[],
  mined: readonly TrainingPair[],
  chunks: ReadonlyMap<string, Chunk>,
  data: TuneData,
  { negatives: { perPair }, split: { seed } }: ResolvedTuneSettings,
): Pick<MadePairs, 'pairs' | 'atRandom'> {
  const keyOf = ({ query, positive, positiveId }: TrainingPair) =>
    JSON.stringify([query, positiveId ?? positive]);
  const rows = new Map(mined.map((row) => [keyOf(row), row]));
  const all = [...chunks.values()];
  const known = knownAnswers(data);
  const random = new SeededRandom(seed);
  let count = 0;
  const pairs = positives.map((pair) => {
    const ids = rows.get(keyOf(pair))?.negativeIds;
    const found = ids?.map((id) => chunks.get(id)).filter((chunk) => chunk !== undefined);
    const negatives = found?.length === perPair ? found : atRandom(pair);
    return {
      ...pair,
      negatives: negatives.map(searchableText),
      // Of documents, as `positiveId` and the judgements: by them known answers are masked within a batch.
      negativeIds: negatives.map(({ documentId }) => documentId),
    };
  });
  return { pairs, atRandom: count };

  function atRandom({ queryId, positiveId }: TrainingPair): Chunk[] {
    count++;
    const relevant = known.get(queryId ?? '');
    const isOther = ({ id, documentId }: Chunk) =>
      documentId !== positiveId && id !== positiveId && !relevant?.has(documentId);
    const others = all.filter(isOther);
    if (others.length >= perPair) return random.sample(others, perPair);
    const got = `${others.length} of other documents`;
    throw new ConfigError('tune', [
      { field: 'negatives.perPair', expected: `at least ${perPair} chunks`, got },
    ]);
  }
}

const number = (value: number): string => value.toLocaleString('en');
