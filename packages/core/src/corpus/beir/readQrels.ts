import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { DataError } from '../../base/errors.ts';
import type { BeirJudgements } from './types.ts';

/** Where a judgement stands, for errors. */
export interface JudgementPlace {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
}

/**
 * Reads BEIR's qrels: a header line, then query id, document id and grade between tabs. A file that begins with a
 * judgement has no header, and loses nothing.
 *
 * @param keep whether a judgement counts; it may throw. Default: all do
 * @throws DataError naming file and line
 */
export async function readBeirQrels(
  file: string,
  keep: (query: string, document: string, place: JudgementPlace) => boolean = () => true,
): Promise<BeirJudgements> {
  const judgements = new Map<string, Map<string, number>>();
  const lines = createInterface({
    input: createReadStream(file, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let line = 0;
  for await (const raw of lines) {
    line++;
    const text = line === 1 ? raw.replace(/^\uFEFF/, '') : raw;
    if (text.trim() === '') continue;
    const fields = text.split('\t').map((field) => field.trim());
    if (line === 1 && isHeader(fields)) continue;
    const [query, document, grade] = parseJudgement(file, line, fields);
    if (!keep(query, document, { file, line })) continue;
    const judged = judgements.get(query) ?? new Map<string, number>();
    if (judged.has(document)) {
      const got = `${query} and ${document} again`;
      throw new DataError({ file, line, expected: 'one judgement of a query and a document', got });
    }
    judgements.set(query, judged.set(document, grade));
  }
  return judgements;
}

const isHeader = (fields: readonly string[]): boolean =>
  fields[0] === 'query-id' && fields[1] === 'corpus-id' && fields[2] === 'score';

function parseJudgement(file: string, line: number, fields: readonly string[]): [string, string, number] {
  const [query, document, score] = fields;
  if (fields.length !== 3 || !query || !document) {
    const hint = line === 1 ? 'or the header query-id, corpus-id, score' : 'split by tabs';
    const expected = 'query id, document id and score';
    throw new DataError({
      file,
      line,
      expected,
      got: `${fields.length} fields: ${fields.join(' | ')}`,
      hint,
    });
  }
  const grade = Number(score);
  if (score === '' || !Number.isInteger(grade)) {
    throw new DataError({
      file,
      line,
      field: 'score',
      expected: 'a whole number',
      got: JSON.stringify(score),
    });
  }
  return [query, document, grade];
}
