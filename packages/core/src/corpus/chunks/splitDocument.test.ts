import { expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { splitDocument, splitDocuments } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';

const splitter = createSplitter({ kind: 'recursive', unit: 'characters', size: 10 });

test('a chunk carries what the document tells', async () => {
  const document = {
    ...documentOf('words and more words'),
    title: 'T',
    timestamp: '2024-01-01T00:00:00.000Z',
    domain: 'sea',
    boostTags: ['official'],
    metadata: { year: 1871 },
  };
  const [first, second] = await splitDocument(document, splitter);
  const { id, ...rest } = first as object & { id: string };
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect(rest).toEqual({
    documentId: 'd1',
    index: 0,
    text: 'words and',
    start: 0,
    end: 9,
    headingPath: [],
    title: 'T',
    source: 'd1.txt',
    timestamp: '2024-01-01T00:00:00.000Z',
    domain: 'sea',
    boostTags: ['official'],
    metadata: { year: 1871 },
  });
  expect(second).toMatchObject({ index: 1, text: 'more words', start: 10, end: 20 });
});

test('an id follows the text of its chunk: what stands elsewhere does not change it', async () => {
  const ids = async (text: string) =>
    new Map((await splitDocument(documentOf(text), splitter)).map((chunk) => [chunk.text, chunk.id]));
  const before = await ids('alpha one\n\nbeta two\n\ngamma 333');
  const after = await ids('new words\n\nalpha one\n\nbeta 2\n\ngamma 333');
  expect(after.get('alpha one')).toBe(before.get('alpha one'));
  expect(after.get('gamma 333')).toBe(before.get('gamma 333'));
  expect(after.get('beta 2')).not.toBe(before.get('beta two'));
});

test('equal chunks have different ids', async () => {
  const chunks = await splitDocument(documentOf('same here\n\nsame here\n\nsame here'), splitter);
  expect(new Set(chunks.map(({ id }) => id)).size).toBe(3);
  expect(await splitDocument(documentOf('same here\n\nsame here\n\nsame here'), splitter)).toEqual(chunks);
});

test('chunks of a PDF know their page', async () => {
  const document = {
    ...documentOf('page one\n\npage two\n\npage three'),
    metadata: { pages: 3, pageStarts: ['0', '10', '20'] },
  };
  const chunks = await splitDocument(document, splitter);
  expect(chunks.map(({ metadata }) => metadata)).toEqual([1, 2, 3].map((page) => ({ pages: 3, page })));
});

test('many documents, until the signal', async () => {
  const abort = new AbortController();
  const texts: string[] = [];
  const run = async () => {
    for await (const chunk of splitDocuments([documentOf('one'), documentOf('two')], splitter, {
      signal: abort.signal,
    })) {
      texts.push(chunk.text);
      abort.abort(new Error('enough'));
    }
  };
  await expect(run()).rejects.toThrow('enough');
  expect(texts).toEqual(['one']);
});
