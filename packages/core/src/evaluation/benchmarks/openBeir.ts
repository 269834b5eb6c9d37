import { readdir, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { DataError } from '../../base/errors.ts';
import { listBeirQrels, readBeirCorpus, readBeirQrels, readBeirQueries } from '../../corpus/beir/index.ts';
import type { BenchmarkData } from './types.ts';

export interface OpenBeirOptions {
  /** Default `test`. Any name that `qrels/` has; `dev` also finds `validation.tsv`. */
  readonly split?: string;
  /** Default: the folder's name. */
  readonly name?: string;
}

/**
 * Opens a BEIR folder for measuring: queries and judgements are read, documents when they are asked for. Judgements
 * are kept as they are, also of documents that the corpus lacks: as in BEIR's own evaluation, those count as missed.
 *
 * @throws DataError naming the file, line and field, or what the folder lacks
 */
export async function openBeir(folder: string, options: OpenBeirOptions = {}): Promise<BenchmarkData> {
  const { split = 'test', name = basename(resolve(folder)) } = options;
  await checkFiles(folder);
  const queries = await readBeirQueries(join(folder, 'queries.jsonl'));
  const file = await qrelsFile(join(folder, 'qrels'), split);
  const judgements = await readBeirQrels(file);
  if (judgements.size === 0) throw new DataError({ file, expected: 'at least one judgement', got: 'none' });
  const documents = () => readBeirCorpus(join(folder, 'corpus.jsonl'));
  return { name, split, documents, queries, judgements };
}

/** All that is missing is named at once. */
async function checkFiles(folder: string): Promise<void> {
  const info = await stat(folder).catch(() => undefined);
  const expected = 'a BEIR folder: corpus.jsonl, queries.jsonl and qrels/';
  if (!info?.isDirectory()) throw new DataError({ file: folder, expected, got: info ? 'a file' : 'nothing' });
  const there = await readdir(folder);
  const missing = ['corpus.jsonl', 'queries.jsonl', 'qrels'].filter((file) => !there.includes(file));
  if (missing.length > 0)
    throw new DataError({ file: folder, expected, got: `none with ${missing.join(', ')}` });
}

async function qrelsFile(folder: string, split: string): Promise<string> {
  const files = await listBeirQrels(folder);
  const wanted = split === 'dev' ? ['dev.tsv', 'validation.tsv'] : [`${split}.tsv`];
  const file = wanted.find((name) => files.includes(name));
  if (file !== undefined) return join(folder, file);
  throw new DataError({ file: folder, expected: wanted.join(' or '), got: files.join(', ') });
}
