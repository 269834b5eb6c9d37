import { writeLinesAtomic } from '../../base/atomicLines.ts';
import { DataError } from '../../base/errors.ts';
import type { Qrels } from '../types.ts';
import { checkedId, readFields } from './fields.ts';

const names = ['query', 'iteration', 'document', 'grade'];

/**
 * Writes judgements as trec_eval reads them, one line each: `query 0 document grade`.
 *
 * @returns how many lines
 * @throws DataError if an id is empty or has a space in it, a grade is no whole number, or a query has no judgement,
 * which the format cannot say; nothing is written then
 */
export const writeTrecQrels = (file: string, qrels: Qrels): Promise<number> =>
  writeLinesAtomic(file, qrelsLines(file, qrels));

function* qrelsLines(file: string, qrels: Qrels): Generator<string> {
  for (const [query, judged] of qrels) {
    checkedId(file, 'query', query);
    if (judged.size === 0)
      throw new DataError({ file, field: query, expected: 'at least one judgement', got: 'none' });
    for (const [document, grade] of judged) {
      checkedId(file, 'document', document);
      if (!Number.isSafeInteger(grade)) {
        const got = `${grade} for ${query} and ${document}`;
        throw new DataError({ file, field: 'grade', expected: 'a whole number', got });
      }
      yield `${query} 0 ${document} ${grade}`;
    }
  }
}

/**
 * Reads TREC judgements. Grades may be negative (not relevant); the second field means nothing.
 *
 * @throws DataError naming file and line, if a line has not four fields, a grade is no whole number, or a document is
 * judged twice
 */
export async function readTrecQrels(file: string): Promise<Qrels> {
  const qrels = new Map<string, Map<string, number>>();
  for await (const { line, fields } of readFields(file, names)) {
    const [query, , document, text] = fields as [string, string, string, string];
    const grade = Number(text);
    if (!/^[+-]?\d+$/.test(text) || !Number.isSafeInteger(grade)) {
      const got = JSON.stringify(text);
      throw new DataError({ file, line, field: 'grade', expected: 'a whole number', got });
    }
    const judged = qrels.get(query) ?? new Map<string, number>();
    if (judged.has(document)) {
      const got = `${query} and ${document} again`;
      throw new DataError({ file, line, expected: 'one judgement of a query and a document', got });
    }
    qrels.set(query, judged.set(document, grade));
  }
  return qrels;
}
