import { basename, join, resolve } from 'node:path';
import { DataError } from '../../../base/errors.ts';
import {
  type JudgementPlace,
  listBeirQrels,
  readBeirCorpus,
  readBeirQrels,
  readBeirQueries,
} from '../../../corpus/beir/index.ts';
import type { CorpusEntry, Judgements, RetrievalData, Split } from '../types.ts';

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
  const corpus = new Map<string, CorpusEntry>();
  for await (const document of readBeirCorpus(join(folder, 'corpus.jsonl')))
    corpus.set(document.id, document);
  const queries = await readBeirQueries(join(folder, 'queries.jsonl'));
  const keep = idCheck(queries, corpus, options.unknownIds ?? 'error');
  const judgements: Partial<Record<Split, Judgements>> = {};
  for (const [file, split] of await listSplits(join(folder, 'qrels')))
    judgements[split] = await readBeirQrels(file, keep);
  return { name: basename(resolve(folder)), corpus, queries, judgements };
}

async function listSplits(folder: string): Promise<[file: string, split: Split][]> {
  const files = await listBeirQrels(folder);
  const unknown = files.find((name) => !qrelsFiles[name]);
  if (unknown !== undefined) {
    const hint = 'rename it, or move it elsewhere';
    throw new DataError({ file: folder, expected: Object.keys(qrelsFiles).join(', '), got: unknown, hint });
  }
  if (files.includes('dev.tsv') && files.includes('validation.tsv'))
    throw new DataError({ file: folder, expected: 'dev.tsv or validation.tsv', got: 'both' });
  return files.map((name) => [join(folder, name), qrelsFiles[name] as Split]);
}

type Ids = ReadonlyMap<string, unknown>;

/** Whether a judgement names a query and a document that are there. */
const idCheck =
  (queries: Ids, corpus: Ids, unknownIds: 'error' | 'drop') =>
  (query: string, document: string, { file, line }: JudgementPlace): boolean => {
    const unknown = !queries.has(query) ? 'query-id' : !corpus.has(document) ? 'corpus-id' : undefined;
    if (unknown === undefined) return true;
    if (unknownIds === 'drop') return false;
    const isQuery = unknown === 'query-id';
    const expected = isQuery ? 'an id in queries.jsonl' : 'an id in corpus.jsonl';
    const got = JSON.stringify(isQuery ? query : document);
    const hint = "unknownIds: 'drop' leaves such judgements out";
    throw new DataError({ file, line, field: unknown, expected, got, hint });
  };
