import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../../base/errors.ts';
import { corpusText, corpusTexts, dataFromPairs, pairsFromJudgements, readBeir } from './index.ts';

const corpus = [
  { _id: 'd1', title: 'Heart', text: 'pumps blood', metadata: { topic: 'organs' } },
  { _id: 'd2', title: '', text: 'takes oxygen' },
  { _id: 'd3', text: 'cleans' },
];
const queries = [
  { _id: 'q1', text: 'what pumps' },
  { _id: 'q2', text: 'what breathes' },
];
const header = 'query-id\tcorpus-id\tscore\n';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragwright-beir-'));
  await mkdir(join(folder, 'qrels'));
  await write('corpus.jsonl', lines(corpus));
  await write('queries.jsonl', lines(queries));
  await write('qrels/train.tsv', `${header}q1\td1\t2\nq1\td2\t0\n\nq2\td2\t1\nq2\td3\t1\n`);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const lines = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).join('\n');
const write = (name: string, text: string) => writeFile(join(folder, name), text);

describe('readBeir', () => {
  it('reads corpus, queries and judgements', async () => {
    await write('qrels/validation.tsv', `\uFEFF${header}q1\td3\t1\r\n`);
    const data = await readBeir(folder);
    expect(data.name).toBe(basename(folder));
    expect(data.corpus.get('d1')).toEqual({
      id: 'd1',
      title: 'Heart',
      text: 'pumps blood',
      metadata: { topic: 'organs' },
    });
    expect(data.corpus.get('d2')).toEqual({ id: 'd2', text: 'takes oxygen' });
    expect([...data.queries]).toEqual([
      ['q1', 'what pumps'],
      ['q2', 'what breathes'],
    ]);
    expect(Object.keys(data.judgements).sort()).toEqual(['dev', 'train']);
    expect(Object.fromEntries(data.judgements.train?.get('q1') ?? [])).toEqual({ d1: 2, d2: 0 });
    expect(Object.fromEntries(data.judgements.dev?.get('q1') ?? [])).toEqual({ d3: 1 });
    expect([...corpusTexts(data).values()]).toEqual(['Heart pumps blood', 'takes oxygen', 'cleans']);
  });

  it('loses no judgement of a file without header, and takes numbers for ids', async () => {
    await write('corpus.jsonl', lines([{ _id: 7, text: 'x' }]));
    await write('qrels/train.tsv', 'q1\t7\t1\n');
    expect((await readBeir(folder)).judgements.train?.get('q1')?.get('7')).toBe(1);
  });

  const wrong: readonly (readonly [what: string, file: string, text: string, error: RegExp])[] = [
    [
      'an unknown document',
      'qrels/train.tsv',
      `${header}q1\td9\t1`,
      /train\.tsv:2, corpus-id: expected an id in corpus\.jsonl, got "d9"/,
    ],
    [
      'an unknown query',
      'qrels/train.tsv',
      `${header}q1\td1\t1\nq9\td1\t1`,
      /train\.tsv:3, query-id: .*got "q9"/,
    ],
    [
      'a score that is no number',
      'qrels/train.tsv',
      `${header}q1\td1\tyes`,
      /train\.tsv:2, score: expected a whole number, got "yes"/,
    ],
    ['a score with a fraction', 'qrels/train.tsv', `${header}q1\td1\t0.5`, /train\.tsv:2, score/],
    [
      'a missing score',
      'qrels/train.tsv',
      `${header}q1\td1`,
      /train\.tsv:2: expected query id, document id and score, got 2 fields/,
    ],
    ['an empty score', 'qrels/train.tsv', `${header}q1\td1\t`, /train\.tsv:2, score/],
    ['a strange header', 'qrels/train.tsv', 'query\tdoc\trelevance\n', /train\.tsv:1, score: /],
    [
      'a pair judged twice',
      'qrels/train.tsv',
      `${header}q1\td1\t1\nq1\td1\t0`,
      /train\.tsv:3: .*q1 and d1 again/,
    ],
    [
      'a document id used twice',
      'corpus.jsonl',
      lines([...corpus, { _id: 'd1', text: 'x' }]),
      /corpus\.jsonl:4, _id: expected an id that is not used above, got "d1"/,
    ],
    [
      'a query id used twice',
      'queries.jsonl',
      lines([...queries, { _id: 'q2', text: 'x' }]),
      /queries\.jsonl:3, _id/,
    ],
    [
      'no id',
      'corpus.jsonl',
      lines([{ text: 'x' }]),
      /corpus\.jsonl:1, _id: expected a non-empty string, got nothing/,
    ],
    [
      'no text',
      'corpus.jsonl',
      lines([{ _id: 'x' }]),
      /corpus\.jsonl:1, text: expected a string, got nothing/,
    ],
    [
      'text that is a number',
      'queries.jsonl',
      lines([{ _id: 'x', text: 3 }]),
      /queries\.jsonl:1, text: expected a string, got 3/,
    ],
    [
      'an empty query',
      'queries.jsonl',
      lines([{ _id: 'x', text: ' ' }]),
      /queries\.jsonl:1, text: expected a query with text/,
    ],
    [
      'metadata that is a list',
      'corpus.jsonl',
      lines([{ _id: 'x', text: 'y', metadata: [1] }]),
      /corpus\.jsonl:1, metadata/,
    ],
    ['no JSON', 'corpus.jsonl', '{"_id": "d1"', /corpus\.jsonl:1: expected one JSON object/],
    ['an empty corpus', 'corpus.jsonl', '', /corpus\.jsonl: expected at least one document/],
    [
      'a split it does not know',
      'qrels/all.tsv',
      header,
      /qrels: expected train\.tsv, dev\.tsv, validation\.tsv, test\.tsv, got all\.tsv/,
    ],
  ];
  it.each(wrong)('names place and field: %s', async (_, file, text, error) => {
    await write(file, text);
    await expect(readBeir(folder)).rejects.toThrow(DataError);
    await expect(readBeir(folder)).rejects.toThrow(error);
  });

  it('leaves judgements of unknown ids out if told to', async () => {
    await write('qrels/train.tsv', `${header}q1\td9\t1\nq9\td1\t1\nq1\td1\t1\n`);
    const { judgements } = await readBeir(folder, { unknownIds: 'drop' });
    expect([...(judgements.train ?? [])].map(([id, judged]) => [id, [...judged.keys()]])).toEqual([
      ['q1', ['d1']],
    ]);
  });

  it('says what is missing', async () => {
    await rm(join(folder, 'qrels'), { recursive: true });
    await expect(readBeir(folder)).rejects.toThrow(/qrels: expected a folder with train\.tsv/);
    await mkdir(join(folder, 'qrels'));
    await expect(readBeir(folder)).rejects.toThrow(/at least one \.tsv file/);
    await rm(join(folder, 'queries.jsonl'));
    await expect(readBeir(folder)).rejects.toThrow(/queries\.jsonl: expected a readable file/);
  });
});

describe('pairsFromJudgements', () => {
  it('makes a pair of every relevant judgement', async () => {
    const data = await readBeir(folder);
    expect(pairsFromJudgements(data, 'train')).toEqual([
      { query: 'what pumps', positive: 'Heart pumps blood', queryId: 'q1', positiveId: 'd1' },
      { query: 'what breathes', positive: 'takes oxygen', queryId: 'q2', positiveId: 'd2' },
      { query: 'what breathes', positive: 'cleans', queryId: 'q2', positiveId: 'd3' },
    ]);
    expect(pairsFromJudgements(data, 'train', { minGrade: 2 })).toHaveLength(1);
    expect(pairsFromJudgements(data, 'train', { minGrade: 0 })).toHaveLength(3); // grade 0 is not relevant
    expect(() => pairsFromJudgements(data, 'test')).toThrow(/expected a test split, got train/);
  });
});

describe('dataFromPairs', () => {
  it('judges synthesised queries over a corpus', () => {
    const documents = new Map([['c1', { id: 'c1', text: 'one' }]]);
    const pairs = [
      { query: 'first', positive: 'part of one', positiveId: 'c1', queryId: 'x' },
      { query: 'second', positive: 'elsewhere' },
      { query: 'second', positive: 'one', positiveId: 'c1' },
    ];
    const data = dataFromPairs('made', documents, { train: pairs, dev: [] });
    expect(corpusText(data.corpus.get('c1') as never)).toBe('one');
    expect(data.corpus.size).toBe(2);
    expect(data.queries.size).toBe(2);
    const [first, second] = [...(data.judgements.train ?? new Map()).values()];
    expect([...first]).toEqual([['c1', 1]]);
    expect(second.size).toBe(2);
    expect(data.judgements.dev?.size).toBe(0);
    expect(pairsFromJudgements(data, 'train').map(({ positive }) => positive)).toEqual([
      'one',
      'elsewhere',
      'one',
    ]);
  });
});
