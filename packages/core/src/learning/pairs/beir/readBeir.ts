import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DataError } from '../../../base/errors.ts';
import { readJsonLines } from '../../../base/jsonLines.ts';
import type { CorpusEntry, Judgements, RetrievalData, Split } from '../types.ts';
import { type IdCheck, readQrels } from './readQrels.ts';

export interface ReadBeirOptions {
  /**
   * What to do with a judgement of a query or document that isn't there: an error (default), or leave it out, as
   * some published sets need.
   */
  readonly unknownIds?: 'error' | 'drop';
}

/** Files in `qrels/` by what they hold. */
const qrelsFiles: Readonly<Record<string, Split>> = {
  'train.tsv': 'train',
  'dev.tsv': 'dev',
  'validation.tsv': 'dev',
  'test.tsv': 'test',
};

/**
 * Reads a folder as BEIR lays it out: `corpus.jsonl` (_id, title, text, metadata), `queries.jsonl` (_id, text) and
 * `qrels/{train,dev,test}.tsv` (query-id, corpus-id, score).
 *
 * @throws DataError naming file, line and field
 */
export async function readBeir(folder: string, options: ReadBeirOptions = {}): Promise<RetrievalData> {
  const corpus = await readCorpus(join(folder, 'corpus.jsonl'));
  const queries = await readQueries(join(folder, 'queries.jsonl'));
  const check: IdCheck = { queries, corpus, unknownIds: options.unknownIds ?? 'error' };
  const judgements: Partial<Record<Split, Judgements>> = {};
  for (const [file, split] of await listQrels(join(folder, 'qrels')))
    judgements[split] = await readQrels(file, check);
  return { name: basename(resolve(folder)), corpus, queries, judgements };
}

async function readCorpus(file: string): Promise<Map<string, CorpusEntry>> {
  const corpus = new Map<string, CorpusEntry>();
  for await (const { line, value } of readJsonLines(file)) {
    const entry = new Entry(file, line, value);
    const title = entry.text('title', '');
    const metadata = entry.metadata();
    const text = entry.text('text', undefined);
    const id = entry.id(corpus);
    corpus.set(id, { id, ...(title === '' ? {} : { title }), text, ...(metadata ? { metadata } : {}) });
  }
  if (corpus.size === 0) throw new DataError({ file, expected: 'at least one document', got: 'none' });
  return corpus;
}

async function readQueries(file: string): Promise<Map<string, string>> {
  const queries = new Map<string, string>();
  for await (const { line, value } of readJsonLines(file)) {
    const entry = new Entry(file, line, value);
    const text = entry.text('text', undefined);
    if (text.trim() === '') throw entry.wrong('text', 'a query with text', JSON.stringify(text));
    queries.set(entry.id(queries), text);
  }
  return queries;
}

/** One line of a JSON lines file, and where it stands. */
class Entry {
  readonly #file: string;
  readonly #line: number;
  readonly #value: Readonly<Record<string, unknown>>;

  constructor(file: string, line: number, value: Readonly<Record<string, unknown>>) {
    this.#file = file;
    this.#line = line;
    this.#value = value;
  }

  wrong(field: string, expected: string, got: string): DataError {
    return new DataError({ file: this.#file, line: this.#line, field, expected, got });
  }

  /** `_id`, which numbers are taken for too; not one that was there before. */
  id(known: ReadonlyMap<string, unknown>): string {
    const value = this.#value['_id'];
    const id = typeof value === 'number' ? String(value) : value;
    if (typeof id !== 'string' || id === '') throw this.wrong('_id', 'a non-empty string', show(value));
    if (known.has(id)) throw this.wrong('_id', 'an id that is not used above', JSON.stringify(id));
    return id;
  }

  /** @param missing what an absent field stands for; undefined if it must be there */
  text(field: string, missing: string | undefined): string {
    const value = this.#value[field] ?? missing;
    if (typeof value !== 'string') throw this.wrong(field, 'a string', show(value));
    return value;
  }

  metadata(): Readonly<Record<string, unknown>> | undefined {
    const value = this.#value['metadata'];
    if (value === undefined || value === null) return undefined;
    if (typeof value !== 'object' || Array.isArray(value))
      throw this.wrong('metadata', 'an object', show(value));
    return value as Readonly<Record<string, unknown>>;
  }
}

async function listQrels(folder: string): Promise<[file: string, split: Split][]> {
  if (!existsSync(folder))
    throw new DataError({
      file: folder,
      expected: 'a folder with train.tsv, dev.tsv or test.tsv',
      got: 'nothing',
    });
  const files = (await readdir(folder)).filter((name) => name.endsWith('.tsv')).sort();
  const unknown = files.find((name) => !qrelsFiles[name]);
  if (unknown !== undefined) {
    const hint = 'rename it, or move it elsewhere';
    throw new DataError({ file: folder, expected: Object.keys(qrelsFiles).join(', '), got: unknown, hint });
  }
  if (files.includes('dev.tsv') && files.includes('validation.tsv'))
    throw new DataError({ file: folder, expected: 'dev.tsv or validation.tsv', got: 'both' });
  if (files.length === 0)
    throw new DataError({ file: folder, expected: 'at least one .tsv file', got: 'none' });
  return files.map((name) => [join(folder, name), qrelsFiles[name] as Split]);
}

const show = (value: unknown): string =>
  value === undefined ? 'nothing' : JSON.stringify(value).slice(0, 60);
