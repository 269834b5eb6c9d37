import type { Qrels } from '../../../evaluation/index.ts';
import type { TuneData } from './types.ts';

/**
 * All that is known to answer the training queries, also where another part has judgements of the same query: such a
 * document is no negative.
 */
export function knownAnswers({ judgements: { train, dev, test } }: Pick<TuneData, 'judgements'>): Qrels {
  const known = new Map(train);
  for (const [id, grades] of train) {
    const others = [dev.get(id), test.get(id)].filter((each) => each !== undefined);
    if (others.length === 0) continue;
    const all = new Map(grades);
    for (const [document, grade] of others.flatMap((each) => [...each]))
      all.set(document, Math.max(grade, all.get(document) ?? grade));
    known.set(id, all);
  }
  return known;
}
