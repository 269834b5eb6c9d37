import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readDocuments } from '../readDocuments.ts';
import { documentsOf, fixture, folderOf, readAll, reasonsOf, sourcesOf } from '../testFolder.fixture.ts';

const glass = 'Sand, soda and lime melt into glass – größer, 玻璃, 🔥.';

describe('tables', () => {
  for (const [name, first] of [
    ['table.csv', 2],
    ['table.jsonl', 1],
    ['table.parquet', 1],
    ['plain.parquet', 1],
    ['gzip.parquet', 1],
  ] as const) {
    test(`${name}: usual names are found, other columns are metadata`, async () => {
      const documents = await documentsOf(fixture(name));
      expect(documents.map(({ source }) => source)).toEqual([0, 1, 2].map((i) => `${name}#${first + i}`));
      expect(documents[2]).toMatchObject({ title: 'Glass', text: glass, format: 'text' });
      expect(String(documents[2]?.metadata['year'])).toBe('1932');
      expect(documents[2]?.metadata['id']).toBe('a3');
    });

    test(`${name}: columns by name`, async () => {
      const columns = { text: ['title', 'text'], id: 'id', title: 'id', domain: 'year', metadata: ['year'] };
      const [document] = await documentsOf(fixture(name), { columns });
      expect(document).toMatchObject({
        id: 'a1',
        title: 'a1',
        domain: '1871',
        text: 'Tides\n\nThe moon pulls the sea twice a day.',
      });
      expect(Object.keys(document?.metadata ?? {})).toEqual(['year']);
    });

    test(`${name}: a name that is not there is told, with those that are`, async () => {
      const [reason] = reasonsOf(await readAll(fixture(name), { columns: { text: 'body', title: 'head' } }));
      expect(reason).toMatch(/"body".*there is .*"title"/);
      const results = await readAll(fixture(name), { columns: { title: 'head' } });
      expect(reasonsOf(results).at(-1)).toMatch(/"head"/);
    });
  }

  test('the same id in two files: made distinct, unless it was named', async () => {
    const folder = folderOf({ 'a.jsonl': '{"id":1,"text":"x"}', 'b.csv': 'id,text\n1,y\n1,z\n' });
    const results = await readAll(folder);
    expect(sourcesOf(results)).toEqual(['a.jsonl#1', 'b.csv#2']);
    expect(reasonsOf(results)).toEqual(['b.csv#3: id "1" is taken already']);
    expect(sourcesOf(await readAll(folder, { columns: { id: 'id' } }))).toEqual(['a.jsonl#1']);
  });

  test('JSON lines: bad rows are told with their line', async () => {
    const folder = folderOf({
      'a.jsonl': [
        '{"text":"one"}',
        '',
        '{"text":',
        '[1]',
        '{"title":"no text"}',
        '{"text":""}',
        '{"text":{"a":1}}',
        `{"text":"${'x'.repeat(300)}"}`,
        '{"text":"last"}',
      ].join('\r\n'),
    });
    const results = await readAll(folder, { maxRowBytes: 200 });
    expect(sourcesOf(results)).toEqual(['a.jsonl#1', 'a.jsonl#9']);
    expect(reasonsOf(results).map((reason) => reason.slice(0, 24))).toEqual([
      'a.jsonl#3: no JSON: Unex',
      'a.jsonl#4: expected a JS',
      'a.jsonl#5: no text in "t',
      'a.jsonl#6: empty',
      'a.jsonl#7: no text in "t',
      'a.jsonl#8: longer than m',
    ]);
  });

  test('JSON lines: nested names, dates, lists and values that metadata cannot hold', async () => {
    const row = {
      body: { de: 'Text' },
      when: '2024-03-01',
      about: { by: 'Ada', deep: [1, 'x', null] },
      none: null,
      vector: Array(100).fill(0.5),
      ['__proto__x']: 1,
    };
    const folder = folderOf({ 'a.jsonl': `${JSON.stringify(row)}\n{"body":{"de":"x"},"when":"soon"}` });
    const results = await readAll(folder, { columns: { text: 'body.de', timestamp: 'when' } });
    expect(results[0]).toMatchObject({
      document: {
        text: 'Text',
        timestamp: '2024-03-01T00:00:00.000Z',
        metadata: { 'about.by': 'Ada', 'about.deep': ['1', 'x'], __proto__x: 1 },
      },
    });
    expect(reasonsOf(results)).toEqual(['a.jsonl#2: no date in "when": soon']);
  });

  test('CSV: quotes, line ends, other delimiters, rows of the wrong length', async () => {
    const folder = folderOf({
      'a.csv': 'text,note\r\n"one, ""two""\nthree",n\r\nfour\r\n\r\nfi"ve,n\r\n',
      'b.tsv': 'text\tnote\na,b\tc\n',
      'c.csv': 'text,text\n1,2\n',
      'd.csv': 'text\n"never closed\nx\n',
      'e.csv': '',
    });
    const results = await readAll(folder);
    expect(
      results.flatMap((result) =>
        'document' in result ? [[result.document.source, result.document.text]] : [],
      ),
    ).toEqual([
      ['a.csv#2', 'one, "two"\nthree'],
      ['a.csv#6', 'fi"ve'],
      ['b.tsv#2', 'a,b'],
    ]);
    expect(reasonsOf(results)).toEqual([
      'a.csv#4: 1 fields, but the header has 2',
      'c.csv: two columns are named "text"',
      expect.stringMatching(/^d.csv: from line 2 on: Quote Not Closed/),
      'e.csv: empty',
    ]);
    const semicolons = folderOf({ 'a.csv': 'text;x\na,b;c' });
    expect((await documentsOf(semicolons, { delimiter: ';' }))[0]?.text).toBe('a,b');
  });

  test('a file of 60 MB is read row by row, and one huge line passed over', async () => {
    const folder = folderOf({});
    const out = createWriteStream(join(folder, 'a.jsonl'));
    const row = `${JSON.stringify({ text: 'words '.repeat(160) })}\n`.repeat(1000);
    for (let i = 0; i < 40; i++) out.write(row);
    for (let i = 0; i < 20; i++) out.write('x'.repeat(1 << 20));
    out.write('\n{"text":"last"}\n');
    await new Promise((resolve) => out.end(resolve));
    const before = process.memoryUsage().heapUsed;
    let peak = 0;
    let rows = 0;
    let last = '';
    for await (const result of readDocuments(folder)) {
      rows++;
      if (rows % 5000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed - before);
      last = result.type === 'document' ? result.document.text : last;
    }
    expect([rows, last]).toEqual([40_002, 'last']);
    expect(peak).toBeLessThan(150e6);
  });
});

describe('BEIR', () => {
  test('a folder with corpus.jsonl is one source; queries and judgements are no documents', async () => {
    const results = await readAll(fixture('beir'));
    expect(sourcesOf(results)).toEqual(['corpus.jsonl#1', 'corpus.jsonl#2', 'corpus.jsonl#3']);
    expect(results[2]).toMatchObject({
      document: { id: 'a3', title: 'Glass', text: glass, metadata: { year: 1932, 'place.city': 'Ulm' } },
    });
  });

  test('rows without text are their title; without id or with one that is taken they are told', async () => {
    const rows = [
      { _id: 1, title: 'T', text: '' },
      { title: 'x', text: 'y' },
      { _id: '1', text: 'z' },
      { _id: '2' },
      { _id: '3', text: ' ' },
    ];
    const results = await readAll(
      folderOf({
        'sub/corpus.jsonl': rows.map((row) => JSON.stringify(row)).join('\n'),
        'sub/README.md': 'x',
      }),
    );
    expect(results[0]).toMatchObject({ document: { id: '1', text: 'T', title: 'T' } });
    expect(reasonsOf(results)).toEqual([
      'sub/corpus.jsonl#2: no "_id", which every row of a BEIR corpus has',
      'sub/corpus.jsonl#3: id "1" is taken already',
      'sub/corpus.jsonl#4: no "text", which every row of a BEIR corpus has',
      'sub/corpus.jsonl#5: empty',
    ]);
  });
});
