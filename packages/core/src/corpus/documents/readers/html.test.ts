import { describe, expect, test } from 'vitest';
import { documentsOf, fixture, folderOf, readAll, reasonsOf } from '../testFolder.fixture.ts';
import { readPage } from './html.ts';

describe('HTML', () => {
  test('the main text of a page as Markdown, with what the page tells about itself', async () => {
    const [page] = await documentsOf(fixture('article.html'));
    expect(page).toMatchObject({
      format: 'markdown',
      title: 'How bread rises',
      timestamp: '2024-03-01T08:00:00.000Z',
      metadata: { author: 'Ada Baker', language: 'en' },
    });
    const text = page?.text ?? '';
    expect(text).toContain('\n\n## Temperatures\n\n');
    expect(text).toContain('| Stage | °C |\n| --- | --- |\n| Rest \\| rise | 26 |\n| Bake | 230 |');
    expect(text).toContain('```js\nconst hours = snake_case_name + 1;\nif (hours < 2) wait();\n```');
    expect(text).toContain('A loaf');
    for (const noise of ['Shop for pans', 'imprint', 'color: red', 'example.org', 'base64'])
      expect(text).not.toContain(noise);
  });

  test('nothing in a page is executed', async () => {
    await documentsOf(fixture('article.html'));
    expect(globalThis).not.toHaveProperty('pageRan');
  });

  test('where there is no article, the whole body', () => {
    expect(readPage('<title>T</title><p>Hello <b>you</b>')).toMatchObject({
      title: 'T',
      text: 'Hello **you**',
    });
    expect(readPage('<html><body><nav>Menu</nav><div>Two words</div></body></html>').text).toContain(
      'Two words',
    );
    expect(readPage('just words').text).toBe('just words');
  });

  test('tables that lay out the page are no tables', () => {
    const { text } = readPage(
      '<table><tr><td><h1>A</h1></td><td>b</td></tr><tr><td><table><tr><td>1</td></tr></table></td></tr></table>',
    );
    expect(text).toContain('# A\n\nb');
    expect(text).not.toContain('|');
  });

  test('text that looks like a heading or a fence stays text', () => {
    expect(readPage('<p># one</p><p>```</p><p>snake_case *x*</p>').text).toBe(
      '\\# one\n\n\\```\n\nsnake_case *x*',
    );
  });

  test('hostile pages neither hang nor crash', async () => {
    const names = Array.from({ length: 300_000 }, (_, i) => `a${i}`).join(' ');
    const folder = folderOf({
      'attributes.html': `<p ${names}>x</p>`,
      'deep.html': `${'<div>'.repeat(3000)}deep words`,
      'deeper.html': `${'<b>'.repeat(400_000)}x`,
      'empty.html': '<script>1</script>',
      'less.html': '<'.repeat(4_000_000),
      'siblings.html': '<p>x</p>'.repeat(60_000),
      'zz.html': '<p>fine</p>',
    });
    const before = performance.now();
    const results = await readAll(folder, { timeout: 2500 });
    expect(performance.now() - before).toBeLessThan(50_000);
    expect(results.at(-1)).toMatchObject({ type: 'document' });
    expect(
      results.find((result) => 'document' in result && result.document.source === 'deep.html'),
    ).toMatchObject({
      document: { text: 'deep words' },
    });
    expect(reasonsOf(results)).toContain('empty.html: empty');
    expect(reasonsOf(results).some((reason) => reason.includes('took longer than the option timeout'))).toBe(
      true,
    );
  });
});
