import { utimesSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { readDocuments } from './readDocuments.ts';
import { documentsOf, folderOf, readAll, reasonsOf, sourcesOf } from './testFolder.fixture.ts';

describe('readDocuments', () => {
  test('one unreadable file is told, and the rest goes on', async () => {
    const folder = folderOf({
      'a.md': '# A\n\ntext',
      'b.txt': '',
      'c.txt': ' \n ',
      'd.txt': Buffer.from([0xff, 0x41, 0x42]),
      'e.txt': Buffer.from('a\0b'),
      'f.pdf': '%PDF-1.4 nothing',
      'g.docx': 'PK',
      'h.parquet': 'PAR1PAR1',
      'i.csv': 'name\nx',
      'j.html': '<html></html>',
      'k.txt': 'last',
    });
    const results = await readAll(folder);
    expect(sourcesOf(results)).toEqual(['a.md', 'k.txt']);
    const reasons = reasonsOf(results);
    expect(reasons).toHaveLength(9);
    expect(reasons.slice(0, 4)).toEqual([
      'b.txt: empty',
      'c.txt: empty',
      expect.stringMatching(/^d.txt: not UTF-8; .*fallbackEncoding/),
      'e.txt: binary, not text',
    ]);
  });

  test('every document carries source, timestamp, domain, hash and tags', async () => {
    const folder = folderOf({
      'sea/a.txt': 'text',
      'b.txt': 'text',
      'sea/c.md': '---\ndomain: own\nboostTags: [x, y]\n---\ntext',
    });
    utimesSync(join(folder, 'sea/a.txt'), 1, 1_700_000_000);
    const [b, a, c] = await documentsOf(folder, {
      domain: 'other',
      domainFromFolder: true,
      boostTags: ['y', 'all'],
    });
    expect(a).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{16}$/),
      text: 'text',
      source: 'sea/a.txt',
      format: 'text',
      timestamp: '2023-11-14T22:13:20.000Z',
      domain: 'sea',
      boostTags: ['y', 'all'],
      contentHash: b?.contentHash,
      metadata: {},
    });
    expect(b?.domain).toBe('other');
    expect(b?.id).not.toBe(a?.id);
    expect(c).toMatchObject({ domain: 'own', boostTags: ['x', 'y', 'all'] });
  });

  test('the content hash follows title, text and metadata, not the time', async () => {
    const hash = async (text: string, time: number) => {
      const folder = folderOf({ 'a.md': text });
      utimesSync(join(folder, 'a.md'), time, time);
      return (await documentsOf(folder))[0]?.contentHash;
    };
    const first = await hash('---\na: 1\nb: 2\n---\n# T\nx', 1);
    expect(await hash('---\nb: 2\na: 1\n---\n# T\nx', 2)).toBe(first);
    expect(await hash('---\na: 1\nb: 3\n---\n# T\nx', 1)).not.toBe(first);
    expect(await hash('---\na: 1\nb: 2\n---\n# T\ny', 1)).not.toBe(first);
  });

  test('source code has a language', async () => {
    const folder = folderOf({ 'a.ts': 'export {};', 'b.py': 'pass', 'c.h': 'int x;' });
    expect(
      (await documentsOf(folder)).map(({ format, language, title }) => [format, language, title]),
    ).toEqual([
      ['code', 'typescript', 'a.ts'],
      ['code', 'python', 'b.py'],
      ['code', 'c', 'c.h'],
    ]);
  });

  test('files beyond the limit are not read', async () => {
    const folder = folderOf({ 'a.txt': 'x'.repeat(101), 'b.txt': 'x' });
    expect(reasonsOf(await readAll(folder, { maxFileBytes: 100 }))).toEqual([
      'a.txt: 101 bytes, more than maxFileBytes (100)',
    ]);
  });

  test('wrong options are told all at once', async () => {
    const options = { maxFileBytes: 0, includes: ['x'], fallbackEncoding: 'utf-99', columns: { text: 3 } };
    const error = await readDocuments('x', options as never)
      .next()
      .catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems).toHaveLength(4);
  });

  test('the signal ends it', async () => {
    const folder = folderOf({ 'a.jsonl': '{"text":"a"}\n{"text":"b"}', 'b.txt': 'x' });
    const abort = new AbortController();
    const sources: string[] = [];
    const run = async () => {
      for await (const result of readDocuments(folder, { signal: abort.signal })) {
        if (result.type === 'document') sources.push(result.document.source);
        abort.abort(new Error('enough'));
      }
    };
    await expect(run()).rejects.toThrow('enough');
    expect(sources).toEqual(['a.jsonl#1']);
  });
});
