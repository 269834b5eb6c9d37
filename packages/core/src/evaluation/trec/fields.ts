import { DataError } from '../../base/errors.ts';
import { readTextLines } from '../../base/textLines.ts';

export interface FieldLine {
  /** Counted from 1. */
  readonly line: number;
  readonly fields: readonly string[];
}

/** C's isspace, which is where trec_eval splits; other spaces are letters to it. */
const blanks = /[ \t\v\f\r]+/;

/** Lines of a TREC file, split at blanks. @throws DataError unless every line has as many fields as names are given */
export async function* readFields(
  file: string,
  names: readonly string[],
): AsyncGenerator<FieldLine, void, undefined> {
  for await (const { line, text } of readTextLines(file)) {
    const fields = text.split(blanks);
    if (fields.length !== names.length) {
      const expected = `${names.length} fields: ${names.join(' ')}`;
      throw new DataError({ file, line, expected, got: `${fields.length}: ${text.slice(0, 80)}` });
    }
    yield { line, fields };
  }
}

/**
 * An id as it may stand in a TREC file.
 *
 * @param field what it is the id of
 * @throws DataError if it is empty or has a space in it
 */
export function checkedId(file: string, field: string, id: string): string {
  if (id !== '' && !/\s/.test(id)) return id;
  const expected = 'an id without spaces, as TREC files split at them';
  throw new DataError({ file, field, expected, got: JSON.stringify(id) });
}
