import { describe, expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';

const textsOf = async (text: string, language: string, size: number) =>
  (
    await splitDocument(
      documentOf(text, 'code', language),
      createSplitter({ kind: 'code', unit: 'characters', size }),
    )
  ).map((chunk) => chunk.text);

/** Two declarations of each language, each in one chunk when both don't fit. */
const samples: Readonly<Record<string, readonly [string, string]>> = {
  python: [
    '@cached\ndef one(x):\n    y = x\n\n    return y',
    '# about two\nclass Two:\n    def method(self):\n        pass',
  ],
  typescript: [
    '/** One. */\nexport function one(): void {\n  a();\n\n  b();\n}',
    'interface Two {\n  readonly x: number;\n}',
  ],
  javascript: ['const one = () => {\n  a();\n\n  b();\n};', 'class Two {\n  method() {}\n}'],
  go: ['// One does it.\nfunc One() int {\n\treturn 1\n\n}', 'type Two struct {\n\tX int\n}'],
  rust: ['#[inline]\npub fn one() -> u8 {\n    1\n\n}', 'impl Two for Three {\n    fn f() {}\n}'],
  java: [
    '@Test\npublic void one() {\n    a();\n\n    b();\n}',
    'private static final class Two {\n    int x;\n}',
  ],
  ruby: ['def one\n  a\n\n  b\nend', 'class Two\n  def m; end\nend'],
  sql: ['CREATE TABLE one (\n  id int\n\n);', '-- about two\nSELECT * FROM two\n  WHERE x;'],
};

describe('code', () => {
  for (const [language, [one, two]] of Object.entries(samples)) {
    test(`${language}: breaks before top-level declarations, with the comments above them`, async () => {
      const text = `${one}\n\n${two}\n`;
      expect(await textsOf(text, language, text.length - 4)).toEqual([one, two]);
    });
  }

  test('an inner declaration is better than an empty line, which is better than any line', async () => {
    const text =
      'class A {\n  one() {\n    a();\n\n    b();\n  }\n\n  static two() {\n    c();\n\n    d();\n  }\n}';
    expect((await textsOf(text, 'typescript', 80))[0]).toMatch(/b\(\);\n {2}}$/);
    expect(await textsOf('a();\nb();\n\nc();\nd();\ne();', 'typescript', 22)).toEqual([
      'a();\nb();',
      'c();\nd();\ne();',
    ]);
  });

  test('an unknown language and a line that is too long', async () => {
    expect(await textsOf(`x\n\n${'y'.repeat(40)}`, 'brainfuck', 30)).toEqual([
      'x',
      'y'.repeat(30),
      'y'.repeat(10),
    ]);
  });
});
