import type { RunEvent } from '../../../base/progress.ts';
import { withoutUndefined } from '../../../base/settings.ts';
import { searchableText } from '../../../knowledge/index.ts';
import type { RankingObjective } from '../../objectives/index.ts';
import { type CorpusPassage, type LabelledList, listsFromPairs, mineLists } from '../../pairs/index.ts';
import type { Knowledge } from './knowledge.ts';
import { knownAnswers } from './knownAnswers.ts';
import type { ResolvedRerankerStage } from './rerankerSettings.ts';
import type { Staged } from './stage.ts';
import { nearestChunks } from './trainingPairs.ts';
import type { TuneData } from './types.ts';

/**
 * The training part as lists: what answers each query, what the kept retriever takes for answers, and some passages at
 * random. Mined anew with that retriever, since its mistakes are what the reranker will be shown.
 */
export async function* makeRerankerLists(
  data: TuneData,
  { retriever, store }: Pick<Knowledge, 'retriever' | 'store'>,
  { negatives }: Pick<ResolvedRerankerStage, 'negatives'>,
  { needs }: Pick<RankingObjective, 'needs'>,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, Staged<readonly LabelledList[]>, undefined> {
  const positives = data.madePairs ?? (yield* nearestChunks(data, { retriever }, signal));
  const graded = positives.map((pair) => {
    const grade = data.judgements.train.get(pair.queryId ?? '')?.get(pair.positiveId ?? '') ?? 1;
    return { ...pair, scores: [needs.labels === 'grade' ? grade : 1] };
  });
  const corpus: CorpusPassage[] = [];
  for await (const chunk of store.chunks())
    corpus.push({ text: searchableText(chunk), id: chunk.id, documentId: chunk.documentId });
  const { lists, mined, random, filled } = yield* mineLists({
    lists: listsFromPairs(graded),
    source: { retriever },
    corpus,
    knownPositives: knownAnswers(data),
    settings: withoutUndefined(negatives),
    signal,
  });
  const counts = `${number(mined)} negatives from its own results, ${number(random)} at random`;
  const short = filled > 0 ? `; ${number(filled)} lists had too few of the first` : '';
  return { value: lists, summary: `${number(lists.length)} lists, ${counts}${short}` };
}

const number = (value: number): string => value.toLocaleString('en');
