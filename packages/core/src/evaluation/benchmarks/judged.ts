import { DataError } from '../../base/errors.ts';
import { counted } from '../../base/format.ts';
import type { RunEvent } from '../../base/progress.ts';
import type { Qrels } from '../types.ts';
import type { BenchmarkData } from './types.ts';

/** What of a data set is asked and judged. */
export interface Judged {
  /** Text by id, of the judged queries. */
  readonly queries: ReadonlyMap<string, string>;
  readonly judgements: Qrels;
  readonly excludeSameId: boolean;
}

/**
 * The judged queries that have a text, as in BEIR; and whether equal ids of query and document mean something.
 *
 * @throws DataError if no judged query has a text
 */
export async function* judged(
  data: BenchmarkData,
  excludeSameId: boolean | undefined,
): AsyncGenerator<RunEvent, Judged, undefined> {
  const judgements = new Map([...data.judgements].filter(([id]) => data.queries.has(id)));
  const queries = new Map([...judgements.keys()].map((id) => [id, data.queries.get(id) as string]));
  const lost = counted(data.judgements.size - judgements.size, 'judged query', 'judged queries');
  if (data.judgements.size > judgements.size) {
    yield { type: 'notice', level: 'warning', message: `${data.name}: ${lost} without a text left out` };
  }
  if (judgements.size === 0) {
    const expected = 'judged queries that are among the queries';
    const got = `none of ${data.judgements.size} has a text`;
    throw new DataError({ file: data.name, expected, got, hint: 'queries and judgements of one set?' });
  }
  const own = [...judgements].filter(([id, grades]) => (grades.get(id) ?? 0) > 0).length;
  if (own > 0 && excludeSameId !== false) {
    const what = `${counted(own, 'query', 'queries')} with a relevant document of the same id`;
    yield excludeSameId
      ? { type: 'notice', level: 'warning', message: `${data.name}: ${what}, which does not count` }
      : {
          type: 'notice',
          level: 'info',
          message: `${data.name}: ${what}, so documents of the same id count here`,
        };
  }
  return { queries, judgements, excludeSameId: excludeSameId ?? own === 0 };
}
