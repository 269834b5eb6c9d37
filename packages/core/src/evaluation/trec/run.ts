import { writeLinesAtomic } from '../../base/atomicLines.ts';
import { DataError } from '../../base/errors.ts';
import { rankDocuments } from '../metrics/index.ts';
import type { Run } from '../types.ts';
import { checkedId, readFields } from './fields.ts';

const names = ['query', 'Q0', 'document', 'rank', 'score', 'tag'];

/**
 * Writes a run as trec_eval reads it, one line a document: `query Q0 document rank score tag`, best first in
 * trec_eval's own order (score descending as 32-bit floats, then document descending), ranks from 1. Scores are written
 * so that they are read back bit by bit. Queries without results have no line; a metric counts them as 0 all the same.
 *
 * @param tag name of the system, one word
 * @returns how many lines
 * @throws DataError if an id or the tag is empty or has a space in it, or a score is not finite; nothing is written then
 */
export async function writeTrecRun(file: string, run: Run, tag: string): Promise<number> {
  return writeLinesAtomic(file, runLines(file, run, checkedId(file, 'tag', tag)));
}

function* runLines(file: string, run: Run, tag: string): Generator<string> {
  for (const [query, found] of run) {
    checkedId(file, 'query', query);
    let rank = 0;
    for (const document of rankDocuments(found)) {
      checkedId(file, 'document', document);
      const score = found.get(document) as number;
      if (!Number.isFinite(score)) {
        const got = `${score} for ${query} and ${document}`;
        throw new DataError({ file, field: 'score', expected: 'a finite number', got });
      }
      yield `${query} Q0 ${document} ${++rank} ${score} ${tag}`;
    }
  }
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a TREC run. As in trec_eval, scores alone decide: ranks and the order of the lines mean nothing.
 *
 * @throws DataError naming file and line, if a line has not six fields, a score is no number, or a document comes twice
 */
export async function readTrecRun(file: string): Promise<Run> {
  const run = new Map<string, Map<string, number>>();
  for await (const { line, fields } of readFields(file, names)) {
    const [query, , document, , text] = fields as [string, string, string, string, string];
    const score = Number(text);
    if (!decimal.test(text) || !Number.isFinite(score)) {
      const got = JSON.stringify(text);
      throw new DataError({ file, line, field: 'score', expected: 'a finite number', got });
    }
    const found = run.get(query) ?? new Map<string, number>();
    if (found.has(document)) {
      const got = `${query} and ${document} again`;
      throw new DataError({ file, line, expected: 'one line of a query and a document', got });
    }
    run.set(query, found.set(document, score));
  }
  return run;
}
