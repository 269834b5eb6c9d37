import type { ProgressEvent } from '../../../base/progress.ts';
import { SeededRandom } from '../../../base/rng.ts';
import { parseSettings, withoutUndefined } from '../../../base/settings.ts';
import type { EmbedderSource, MiningSummary, Rescore, RetrieverSource } from '../mine/index.ts';
import { mineHardNegatives } from '../mine/index.ts';
import type { Judgements, LabelledList, TrainingPair } from '../types.ts';
import { type ListNegatives, listNegativesSchema, type ResolvedListNegatives } from './settings.ts';

/** A passage of the corpus. */
export interface CorpusPassage {
  readonly text: string;
  readonly id?: string;
  /** Of the document that it is a part of: what judgements name. */
  readonly documentId?: string;
}

export interface ListMiningTask {
  /** Queries with what is known of them; every label above 0 is a positive. */
  readonly lists: readonly LabelledList[];
  /** The retriever, or the embedder, whose results the reranker will get: the tuned one. */
  readonly source: EmbedderSource | RetrieverSource;
  /** Where random negatives come from; needed if there are any. */
  readonly corpus: readonly CorpusPassage[];
  /** By query id: documents of grade above 0 are no negatives (positives of other splits). */
  readonly knownPositives?: Judgements | undefined;
  /**
   * A teacher, such as a stronger cross-encoder, that scores candidates in place of the retriever: bounds and ranks are by
   * its scores then. Without a bound in `settings`, `relativeMargin` is 0.05.
   */
  readonly teacher?: Rescore | undefined;
  readonly settings?: ListNegatives;
  readonly signal?: AbortSignal | undefined;
}

export interface MinedLists {
  readonly lists: readonly LabelledList[];
  /** Negatives that were mined, and those drawn at random. */
  readonly mined: number;
  readonly random: number;
  /** Lists for which a range had too few candidates, so that random ones stand in for them. */
  readonly filled: number;
  readonly summary?: MiningSummary;
}

/** NV-Retriever's (arXiv 2407.15831): a teacher without a bound would change nothing. */
const teacherMargin = 0.05;

/**
 * Puts negatives behind the documents of each list: some from chosen ranks of the retriever's own results, some from
 * anywhere in the corpus. What is known to answer is masked by id and by text; a candidate that scores too close to
 * the lowest positive (by the retriever, or by a teacher) is taken for an unjudged answer and left out.
 *
 * @throws ConfigError if settings are wrong; the signal's reason
 */
export async function* mineLists(task: ListMiningTask): AsyncGenerator<ProgressEvent, MinedLists, undefined> {
  const settings = parseSettings(listNegativesSchema, task.settings ?? {}, 'negatives of lists');
  const withPositives = task.lists.filter(({ labels }) => labels.some((label) => label > 0));
  const { candidates, summary } = yield* candidatesOf(task, withPositives, settings);
  const random = new SeededRandom(settings.seed);
  const counts = { mined: 0, random: 0, filled: 0 };
  const lists = task.lists.map((list) => {
    const chosen = settings.ranges.flatMap(({ from, to, negatives }) =>
      random.sample(candidates.get(list.query)?.slice(from, to) ?? [], negatives),
    );
    const wanted = settings.ranges.reduce((sum, { negatives }) => sum + negatives, 0);
    if (chosen.length < wanted) counts.filled++;
    counts.mined += chosen.length;
    const others = drawRandom(list, chosen, wanted - chosen.length + settings.random, task, random);
    counts.random += others.length;
    return withNegatives(list, [...chosen, ...others]);
  });
  return { lists, ...counts, ...(summary && { summary }) };
}

/** Candidates of each query that may be negatives, best first. */
async function* candidatesOf(
  { source, knownPositives, teacher, signal }: ListMiningTask,
  lists: readonly LabelledList[],
  settings: ResolvedListNegatives,
) {
  const candidates = new Map<string, CorpusPassage[]>();
  const deepest = settings.ranges.reduce((most, { to }) => Math.max(most, to), 0);
  if (deepest === 0 || lists.length === 0) return { candidates };
  const { absoluteMargin, maxScore, seed } = settings;
  const hasBound = [settings.relativeMargin, absoluteMargin, maxScore].some((bound) => bound !== undefined);
  const relativeMargin = settings.relativeMargin ?? (teacher && !hasBound ? teacherMargin : undefined);
  const mining = mineHardNegatives({
    ...withoutUndefined({
      relativeMargin,
      absoluteMargin,
      maxScore,
      knownPositives,
      signal,
      rescore: teacher,
    }),
    pairs: lists.flatMap(positivesOf),
    source,
    seed,
    format: 'labeled-list',
    negatives: deepest, // with a bound, more are looked at, so that what it rejects leaves no gap
    sampling: 'top',
  });
  for (;;) {
    const next = await mining.next();
    if (next.done) return { candidates, summary: next.value };
    if (next.value.type === 'progress') yield next.value;
    else for (const row of next.value.pairs) candidates.set(row.query, negativesOf(row));
  }
}

const positivesOf = ({ query, queryId, documents, documentIds, labels }: LabelledList): TrainingPair[] =>
  documents.flatMap((positive, i) =>
    (labels[i] as number) > 0
      ? [{ query, positive, ...withoutUndefined({ queryId, positiveId: documentIds?.[i] }) }]
      : [],
  );

const negativesOf = ({ negatives = [], negativeIds }: TrainingPair): CorpusPassage[] =>
  negatives.map((text, i) => ({ text, ...withoutUndefined({ id: negativeIds?.[i] }) }));

function drawRandom(
  list: LabelledList,
  chosen: readonly CorpusPassage[],
  count: number,
  { corpus, knownPositives }: ListMiningTask,
  random: SeededRandom,
): CorpusPassage[] {
  const texts = new Set([...list.documents, ...chosen.map(({ text }) => text)]);
  const answers = new Set(list.documentIds);
  for (const [id, grade] of knownPositives?.get(list.queryId ?? '') ?? []) if (grade > 0) answers.add(id);
  const drawn: CorpusPassage[] = [];
  for (let tries = 20 * count; tries > 0 && drawn.length < count && corpus.length > 0; tries--) {
    const passage = corpus[random.below(corpus.length)] as CorpusPassage;
    const isAnswer = [passage.id, passage.documentId].some((id) => id !== undefined && answers.has(id));
    if (isAnswer || texts.has(passage.text)) continue;
    texts.add(passage.text);
    drawn.push(passage);
  }
  return drawn;
}

function withNegatives(list: LabelledList, negatives: readonly CorpusPassage[]): LabelledList {
  const { documentIds, ...rest } = list;
  const added = negatives.filter(({ text }) => !list.documents.includes(text));
  const ids = added.map(({ id }) => id).filter((id) => id !== undefined);
  return {
    ...rest,
    documents: [...list.documents, ...added.map(({ text }) => text)],
    labels: [...list.labels, ...added.map(() => 0)],
    ...(documentIds && ids.length === added.length && { documentIds: [...documentIds, ...ids] }),
  };
}
