import { describe, expect, test } from 'vitest';
import { documentsOf, folderOf, readAll, reasonsOf } from './testFolder.fixture.ts';

const utf16be = (text: string): Buffer => Buffer.from(`\uFEFF${text}`, 'utf16le').swap16();
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');

describe('encodings', () => {
  test('byte order marks, line ends, zero characters and lone surrogates', async () => {
    const folder = folderOf({
      'a.txt': '\uFEFFgrün\r\nzwei\rdrei',
      'b.txt': Buffer.from('\uFEFFgrün\r\nzwei\ndrei', 'utf16le'),
      'c.md': utf16be('grün\nzwei\ndrei'),
      'd.jsonl': '\uFEFF{"text":"gr\\u00fcn\\r\\nzwei\\ndr\\u0000ei"}\r\n{"text":"\\ud800!"}\r\n',
      'e.csv': '\uFEFFtext\r\n"grün\r\nzwei\r\ndrei"\r\n',
      'f.csv': utf16be('text\n"grün\nzwei\ndrei"\n'),
    });
    const texts = (await documentsOf(folder)).map(({ text }) => text);
    expect(texts.splice(4, 1)).toEqual(['\uFFFD!']);
    expect(new Set(texts)).toEqual(new Set(['grün\nzwei\ndrei']));
    expect(texts).toHaveLength(6);
  });

  test('a fallback for what is not UTF-8, and only for that', async () => {
    const folder = folderOf({
      'a.txt': latin1('Gr\xfc\xdfe'),
      'b.txt': 'Grüße',
      'c.csv': latin1('text\nGr\xfc\xdfe\n'),
      'd.csv': 'text\nGrüße\n',
    });
    const results = await readAll(folder);
    expect(reasonsOf(results)).toEqual([
      expect.stringMatching(/^a.txt: not UTF-8/),
      expect.stringMatching(/^c.csv: not UTF-8/),
    ]);
    const texts = (await documentsOf(folder, { fallbackEncoding: 'windows-1252' })).map(({ text }) => text);
    expect(texts).toEqual(['Grüße', 'Grüße', 'Grüße', 'Grüße']);
  });

  test('HTML tells its encoding; without, it is windows-1252', async () => {
    const page = (head: string, body: Buffer) =>
      Buffer.concat([latin1(`<html><head>${head}</head><body><p>`), body, latin1('</p></body></html>')]);
    const folder = folderOf({
      'a.html': page('<meta charset="iso-8859-5">', Buffer.from([0xbc, 0xd8, 0xe0])),
      'b.html': page(
        '<meta http-equiv="Content-Type" content="text/html; charset=Shift_JIS">',
        Buffer.from([0x93, 0x8c, 0x8b, 0x9e]),
      ),
      'c.html': page('', latin1('Gr\xfc\xdfe')),
      'd.html': page('<meta charset="iso-8859-1">', Buffer.from('Grüße')),
    });
    expect((await documentsOf(folder)).map(({ text }) => text)).toEqual(['Мир', '東京', 'Grüße', 'Grüße']);
  });
});
