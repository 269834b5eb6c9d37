import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../../base/errors.ts';
import type { TrainingPair } from '../types.ts';
import { loadPairs, type ReadPairsOptions, writePairs } from './index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragwright-pairs-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function read(rows: readonly object[], options: ReadPairsOptions = {}): Promise<TrainingPair[]> {
  const file = join(folder, 'rows.jsonl');
  await writeFile(file, rows.map((row) => JSON.stringify(row)).join('\n'));
  return loadPairs(file, options);
}

describe('pairs in JSON lines', () => {
  it('are found by the names of their columns, whatever the order', async () => {
    expect(
      await read([
        { positive: 'p', anchor: 'q' },
        { anchor: 'q2', positive: 'p2' },
      ]),
    ).toEqual([
      { query: 'q', positive: 'p' },
      { query: 'q2', positive: 'p2' },
    ]);
    expect(
      await read([{ negative_2: 'n2', negative_10: 'n10', negative_1: 'n1', positive: 'p', query: 'q' }]),
    ).toEqual([{ query: 'q', positive: 'p', negatives: ['n1', 'n2', 'n10'] }]);
    expect(await read([{ query: 'q', positive: 'p', negative: 'n', scores: [0.9, 0.1] }])).toEqual([
      { query: 'q', positive: 'p', negatives: ['n'], scores: [0.9, 0.1] },
    ]);
    expect(await read([{ query: 'q', document: 'd', label: 0 }])).toEqual([
      { query: 'q', positive: 'd', scores: [0] },
    ]);
    expect(await read([{ query: 'q', positive: 'd', score: 0.25 }])).toEqual([
      { query: 'q', positive: 'd', scores: [0.25] },
    ]);
    const ids = { query_id: '1', positive_id: '2', negative_ids: ['3'] };
    expect(await read([{ query: 'q', positive: 'p', negatives: ['n'], ...ids }])).toEqual([
      { query: 'q', positive: 'p', negatives: ['n'], queryId: '1', positiveId: '2', negativeIds: ['3'] },
    ]);
  });

  it('have the group of a row in a column of its own: a label is a score', async () => {
    const rows = [
      { query: 'q', positive: 'p', group: 'cats' },
      { query: 'r', positive: 'o', group: 7 },
    ];
    expect(await read(rows)).toEqual([
      { query: 'q', positive: 'p', label: 'cats' },
      { query: 'r', positive: 'o', label: 7 },
    ]);
    const named = [{ query: 'q', positive: 'p', label: 3 }];
    expect(await read(named, { columns: { label: 'label' } })).toEqual([
      { query: 'q', positive: 'p', label: 3 },
    ]);
    const both = [{ query: 'q', positive: 'p', label: 3, score: 0.5 }];
    expect(await read(both, { columns: { label: 'label' } })).toEqual([
      { query: 'q', positive: 'p', label: 3, scores: [0.5] },
    ]);
  });

  it('may be lists of documents with labels, of any length', async () => {
    const rows = [
      { query: 'q', documents: ['p', 'n', 'm'], labels: [1, 0, 0] },
      { query: 'r', documents: ['p', 'n'], labels: [1, 0] },
    ];
    expect(await read(rows)).toEqual([
      { query: 'q', positive: 'p', negatives: ['n', 'm'], scores: [1, 0, 0] },
      { query: 'r', positive: 'p', negatives: ['n'], scores: [1, 0] },
    ]);
  });

  it('can have any other names, if a mapping says which', async () => {
    const rows = [{ question: 'q', answer: 'p', wrong: 'n', teacher: [1, 0], source: 'web' }];
    const columns = {
      query: 'question',
      positive: 'answer',
      negatives: 'wrong',
      scores: 'teacher',
      ignore: ['source'],
    };
    expect(await read(rows, { columns })).toEqual([
      { query: 'q', positive: 'p', negatives: ['n'], scores: [1, 0] },
    ]);
    const two = { query: 'a', positive: 'b', negatives: ['d', 'c'] };
    expect(await read([{ a: 'q', b: 'p', c: 'n1', d: 'n2' }], { columns: two })).toEqual([
      { query: 'q', positive: 'p', negatives: ['n2', 'n1'] },
    ]);
  });

  const wrong: readonly (readonly [
    what: string,
    rows: readonly object[],
    error: RegExp,
    options?: ReadPairsOptions,
  ])[] = [
    [
      'no query',
      [{ positive: 'p' }],
      /rows\.jsonl:1, query: expected a column query or anchor, got positive/,
    ],
    ['no positive', [{ query: 'q', document: 'd' }], /:1, positive: expected a column positive/],
    [
      'two queries',
      [{ query: 'q', anchor: 'a', positive: 'p' }],
      /:1, query: expected one column, got query and anchor/,
    ],
    [
      'a column that nobody knows',
      [{ query: 'q', positive: 'p', extra: 1 }],
      /:1, extra: .*ignore: \["extra"\]/,
    ],
    [
      'a mapped column that is not there',
      [{ query: 'q', positive: 'p' }],
      /:1, scores: expected the column "teacher"/,
      { columns: { scores: 'teacher' } },
    ],
    [
      'other columns in a later row',
      [
        { query: 'q', positive: 'p' },
        { query: 'q', positive: 'p', negative: 'n' },
      ],
      /:2: expected the columns of the first row \(positive, query\), got negative, positive, query/,
    ],
    [
      'a text that is none',
      [
        { query: 'q', positive: 'p' },
        { query: 'q', positive: 5 },
      ],
      /:2, positive: expected a text, got 5/,
    ],
    ['an empty text', [{ query: ' ', positive: 'p' }], /:1, query: expected a text, got " "/],
    ['a score that is none', [{ query: 'q', positive: 'p', score: 'high' }], /:1, score: expected a number/],
    [
      'a score that is a group',
      [{ query: 'q', positive: 'p', label: 'cats' }],
      /:1, label: expected a number or a list of numbers, got "cats" \(.*column "group"\)/,
    ],
    ['a group without a name', [{ query: 'q', positive: 'p', group: ' ' }], /:1, group: expected the name/],
    ['a group that is none', [{ query: 'q', positive: 'p', group: null }], /:1, group: .*got null/],
    [
      'too few scores',
      [{ query: 'q', positive: 'p', negatives: ['n', 'm'], scores: [1, 2] }],
      /:1, scores: expected 1 score, or 3/,
    ],
    [
      'too few ids',
      [{ query: 'q', positive: 'p', negatives: ['n', 'm'], negative_ids: ['1'] }],
      /:1, negative_ids: expected 2 ids, got 1/,
    ],
    [
      'unequal numbers of negatives',
      [
        { query: 'q', positive: 'p', negatives: ['n', 'm'] },
        { query: 'q', positive: 'p', negatives: ['n'] },
      ],
      /:2: expected 2 negatives and 0 scores, as in the first row, got 1 negatives/,
    ],
    ['nothing', [], /rows\.jsonl: expected at least one row/],
  ];
  for (const [what, rows, error, options] of wrong) {
    it(`are refused by line and column: ${what}`, async () => {
      await expect(read(rows, options)).rejects.toThrow(DataError);
      await expect(read(rows, options)).rejects.toThrow(error);
    });
  }

  const written: readonly (readonly [string, TrainingPair[]])[] = [
    ['pairs', [{ query: 'q', positive: 'p' }]],
    [
      'triplets with ids',
      [{ query: 'q', positive: 'p', negatives: ['n'], queryId: '1', positiveId: '2', negativeIds: ['3'] }],
    ],
    [
      'tuples with scores',
      [{ query: 'q\n"é', positive: 'p', negatives: ['a', 'b', 'c'], scores: [1, 2, 3, 4] }],
    ],
    ['labels', [{ query: 'q', positive: 'p', scores: [0] }]],
    ['groups by name', [{ query: 'q', positive: 'p', label: 'a "group"' }]],
    ['groups by number', [{ query: 'q', positive: 'p', scores: [1], label: 0 }]],
  ];
  it.each(written)('read back what was written: %s', async (_, pairs) => {
    const file = join(folder, 'deep', 'pairs.jsonl');
    expect(await writePairs(file, pairs)).toBe(1);
    expect(await loadPairs(file)).toEqual(pairs);
  });

  it('are written as a list where rows differ in length, and without ids', async () => {
    const file = join(folder, 'ragged.jsonl');
    const pairs = [
      { query: 'q', positive: 'p', negatives: ['a', 'b'], queryId: '1' },
      { query: 'r', positive: 'p', negatives: ['c'], queryId: '2' },
      { query: 's', positive: 'p', queryId: '3' },
    ];
    await writePairs(file, pairs, { negatives: 'list', ids: false });
    const bare = pairs.map(({ queryId: _, ...rest }) => rest);
    expect(await loadPairs(file, { ragged: true })).toEqual(bare);
    await expect(loadPairs(file)).rejects.toThrow(/:2: expected 2 negatives/);
  });

  it('are there complete or not at all', async () => {
    const file = join(folder, 'pairs.jsonl');
    await writePairs(file, [{ query: 'old', positive: 'p' }]);
    async function* failing() {
      for (let i = 0; i < 30_000; i++) yield { query: `q${i}`, positive: 'p'.repeat(100) };
      throw new Error('broken');
    }
    await expect(writePairs(file, failing())).rejects.toThrow('broken');
    expect(await readdir(folder)).toEqual(['pairs.jsonl']);
    expect(await readFile(file, 'utf8')).toBe('{"query":"old","positive":"p"}\n');
  });

  it('come by the hundred thousand', async () => {
    const file = join(folder, 'many.jsonl');
    function* many() {
      for (let i = 0; i < 100_000; i++)
        yield { query: `query ${i}`, positive: `positive ${i}`, negatives: ['n'] };
    }
    expect(await writePairs(file, many())).toBe(100_000);
    expect((await loadPairs(file)).at(-1)).toEqual({
      query: 'query 99999',
      positive: 'positive 99999',
      negatives: ['n'],
    });
  });
});
