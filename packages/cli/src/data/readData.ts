import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { count } from '@ragwright/core/base';
import type { RetrievalData } from '@ragwright/core/learning';
import { UsageError } from '../command/errors.ts';
import type { Terminal } from '../terminal/terminal.ts';

export const dataOption = {
  kind: 'text',
  hint: 'DIR',
  required: true,
  about: 'Labelled data as BEIR lays it out: corpus.jsonl, queries.jsonl, qrels/',
} as const;

export const splitOption = {
  kind: 'text',
  hint: 'NAME',
  choices: ['train', 'dev', 'test'],
  default: 'test',
  about: 'Which judgements',
} as const;

/** @throws UsageError if a folder is no BEIR folder; before anything is loaded or fetched */
export function checkData(folder: string): void {
  if (!existsSync(folder)) throw new UsageError(`--data ${folder}: no such folder`);
  if (!existsSync(join(folder, 'corpus.jsonl'))) {
    throw new UsageError(
      `--data ${folder} has no corpus.jsonl`,
      'A BEIR folder is meant: corpus.jsonl (_id, title, text), queries.jsonl (_id, text), qrels/test.tsv.',
    );
  }
}

/** Reads a BEIR folder, and tells what is in it. */
export async function readData(folder: string, terminal: Terminal): Promise<RetrievalData> {
  checkData(folder);
  const started = performance.now();
  terminal.event({ type: 'stage', stage: 'read data', status: 'started' });
  const { readBeir } = await import('@ragwright/core/learning');
  const data = await readBeir(folder, { unknownIds: 'drop' });
  terminal.event({
    type: 'stage',
    stage: 'read data',
    status: 'done',
    seconds: (performance.now() - started) / 1000,
    summary: `${count(data.corpus.size)} documents, ${count(data.queries.size)} queries`,
  });
  return data;
}
