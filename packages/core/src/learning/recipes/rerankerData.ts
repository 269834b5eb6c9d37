import type { RunEvent } from '../../base/progress.ts';
import { SeededRandom } from '../../base/rng.ts';
import { evaluateRetrieval, rankDocuments } from '../../evaluation/index.ts';
import type { Embedder } from '../../knowledge/types.ts';
import type { RankingObjective } from '../objectives/index.ts';
import {
  corpusTexts,
  type Judgements,
  type LabelledList,
  type ListNegatives,
  listsFromJudgements,
  type MinedLists,
  mineLists,
  type Rescore,
  type RetrievalData,
} from '../pairs/index.ts';
import type { RerankerDevSet } from './reranker.ts';

export interface RerankerDataTask {
  readonly data: RetrievalData;
  /** Finds the candidates: the embedding model that will stand before the reranker, as it is now. */
  readonly embedder: Embedder;
  /** What the loss needs: grades, or 0 and 1. */
  readonly needs: RankingObjective['needs'];
  readonly negatives?: ListNegatives;
  /** Judges candidates before the margins do. */
  readonly teacher?: Rescore | undefined;
  /** Documents of a dev query that are ranked; default 30. */
  readonly candidates?: number;
  /** Dev queries, at random; default 100. */
  readonly devQueries?: number;
  readonly seed?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface RerankerData extends MinedLists {
  /** Absent if the data has no dev split. */
  readonly dev?: RerankerDevSet;
}

/** Training lists and a dev set out of a BEIR folder: judged documents, and negatives that the embedder finds. */
export async function* rerankerData(
  task: RerankerDataTask,
): AsyncGenerator<RunEvent, RerankerData, undefined> {
  const { data, embedder, needs, negatives, teacher, signal } = task;
  const corpus = corpusTexts(data);
  const lists = listsFromJudgements(data, 'train').map((list) => withLabels(list, needs.labels));
  const mined = yield* mineLists({
    lists,
    source: { embedder, corpus },
    corpus: Array.from(corpus, ([id, text]) => ({ id, text })),
    knownPositives: everythingKnown(data),
    teacher,
    signal,
    ...(negatives && { settings: negatives }),
  });
  const dev = await devSetOf(task, corpus);
  return { ...mined, ...(dev && { dev }) };
}

/** Grades, if the loss knows what to do with them; else 1 for what is relevant. */
const withLabels = (list: LabelledList, kind: RankingObjective['needs']['labels']): LabelledList =>
  kind === 'grade' ? list : { ...list, labels: list.labels.map((grade) => (grade > 0 ? 1 : 0)) };

/** What any split calls relevant. */
function everythingKnown({ judgements }: RetrievalData): Judgements {
  const all = new Map<string, Map<string, number>>();
  for (const split of Object.values(judgements)) {
    for (const [query, grades] of split ?? []) {
      const known = all.get(query) ?? new Map<string, number>();
      for (const [id, grade] of grades) known.set(id, Math.max(grade, known.get(id) ?? 0));
      all.set(query, known);
    }
  }
  return all;
}

async function devSetOf(
  { data, embedder, candidates = 30, devQueries = 100, seed = 42, signal }: RerankerDataTask,
  corpus: ReadonlyMap<string, string>,
): Promise<RerankerDevSet | undefined> {
  const { dev } = data.judgements;
  if (!dev || dev.size === 0) return undefined;
  const judgements = new Map(new SeededRandom(seed).sample([...dev], devQueries));
  const { queries } = data;
  const k = candidates;
  const options = { metrics: ['ndcg@10'], k, ...(signal && { signal }) };
  const { run } = await evaluateRetrieval({ embedder, corpus, queries, judgements, ...options });
  const found = [...run].map(([id, scores]) => {
    const best = rankDocuments(scores).slice(0, candidates);
    return [id, best.map((documentId) => ({ documentId, text: corpus.get(documentId) ?? '' }))] as const;
  });
  return { queries, candidates: new Map(found), judgements };
}
