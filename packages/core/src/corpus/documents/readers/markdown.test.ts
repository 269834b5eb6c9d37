import { describe, expect, test } from 'vitest';
import { documentsOf, folderOf, readAll, reasonsOf } from '../testFolder.fixture.ts';

const read = async (text: string) => (await documentsOf(folderOf({ 'a.md': text })))[0];

describe('Markdown', () => {
  test('front matter becomes title, timestamp, domain, tags and metadata', async () => {
    const document = await read(
      '---\r\ntitle: Tides\r\ndate: 2024-03-01\r\ndomain: sea\r\nboostTags: a, b\r\nauthor: {name: Ada, age: 36}\r\ntags: [x, 1]\r\ndraft: false\r\nnothing:\r\n---\r\n# Heading\r\n',
    );
    expect(document).toMatchObject({
      text: '# Heading\n',
      title: 'Tides',
      timestamp: '2024-03-01T00:00:00.000Z',
      domain: 'sea',
      boostTags: ['a', 'b'],
      metadata: { 'author.name': 'Ada', 'author.age': 36, tags: ['x', '1'], draft: false },
    });
  });

  test('without a title the first heading is taken, but not from code', async () => {
    expect((await read('```\n# no\n```\n\n## deeper\n\n# Yes ##\n'))?.title).toBe('Yes');
    expect((await read('# C#\n'))?.title).toBe('C#');
    expect(await read('no heading')).not.toHaveProperty('title');
  });

  test('a rule at the head is no front matter', async () => {
    expect((await read('---\n\nSome words.\n\n---\n\nMore.'))?.text).toContain('Some words.');
    expect((await read('---\nno end'))?.text).toBe('---\nno end');
  });

  test('broken YAML and YAML bombs are told', async () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) => `a${i}: &a${i} [${`*a${i - 1},`.repeat(i ? 10 : 0)}x]`,
    ).join('\n');
    const folder = folderOf({
      'a.md': '---\ntitle: [\n---\nx',
      'b.md': `---\n${bomb}\n---\nx`,
      'c.md': 'fine',
    });
    expect(reasonsOf(await readAll(folder))).toEqual([
      expect.stringMatching(/^a.md: front matter: /),
      expect.stringMatching(/^b.md: front matter: .*alias/),
    ]);
  });
});
