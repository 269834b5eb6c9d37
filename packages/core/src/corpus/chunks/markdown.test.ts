import { describe, expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { findBlocks } from './markdownBlocks.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';

const chunksOf = async (text: string, size: number, overlap = 0) =>
  splitDocument(
    documentOf(text, 'markdown'),
    createSplitter({ kind: 'markdown', unit: 'characters', size, overlap }),
  );

const fence = '```js\nfirst();\n\nsecond();\n```';
const table = '| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |';
const guide = `Preface.

# Guide

Words about it.

## Install

npm install

### Windows

Use the shell.

## Use ##

${fence}

Setext
------

Last words.
`;

describe('markdown', () => {
  test('sections that fit, with their heading paths', async () => {
    const chunks = await chunksOf(guide, 70);
    expect(chunks.map(({ headingPath, text }) => [headingPath, text])).toEqual([
      [[], 'Preface.'],
      [['Guide'], '# Guide\n\nWords about it.'],
      [['Guide', 'Install'], '## Install\n\nnpm install\n\n### Windows\n\nUse the shell.'],
      [['Guide', 'Use'], `## Use ##\n\n${fence}`],
      [['Guide', 'Setext'], 'Setext\n------\n\nLast words.'],
    ]);
  });

  test('a document that fits is one chunk', async () => {
    expect(await chunksOf(guide, 1000)).toHaveLength(1);
    expect((await chunksOf('# A\n\nb\n\n## C\n\nd', 1000))[0]?.headingPath).toEqual(['A']);
  });

  test('a heading without text of its own goes with its first subsection', async () => {
    const chunks = await chunksOf(`# A\n\n## B\n\n${'b '.repeat(20)}\n\n## C\n\n${'c '.repeat(20)}`, 60);
    expect(chunks.map(({ headingPath, text }) => [headingPath.join('>'), text.slice(0, 10)])).toEqual([
      ['A>B', '# A\n\n## B\n'],
      ['A>C', '## C\n\nc c '],
    ]);
  });

  test('fences and tables stay whole where they fit', async () => {
    for (const block of [fence, table]) {
      const text = `${'Some words before it. '.repeat(4)}\n\n${block}\n\n${'And after it. '.repeat(8)}`;
      for (let size = block.length; size < 150; size += 3) {
        for (const overlap of [0, 8, block.length >> 1]) {
          const chunks = await chunksOf(text, size, overlap);
          expect(chunks.some((chunk) => chunk.text.includes(block))).toBe(true);
          for (const { start } of chunks) {
            const at = text.indexOf(block);
            expect(start > at && start < at + block.length).toBe(false);
          }
        }
      }
    }
  });

  test('what does not fit is broken between its lines', async () => {
    const chunks = await chunksOf(`| a | b |\n| - | - |\n${'| one | two |\n'.repeat(20)}`, 50);
    for (const { text } of chunks) expect(text).toMatch(/^\|.*\|$/s);
  });

  test('hashes in code and tables of one line are no headings and no tables', () => {
    const { headings, whole } = findBlocks(
      '~~~\n# no\n~~~\n#no\n    # no\n####### no\n# yes #\n# C#\na | b\n\n`` ``` ``\n',
    );
    expect(headings.map(({ title }) => title)).toEqual(['yes', 'C#']);
    expect(whole).toHaveLength(1);
  });

  test('a rule is no heading, and a fence that is not closed goes to the end', () => {
    const { headings, whole } = findBlocks('a\n\n---\n\nb\n\n```\n# c\n');
    expect(headings).toEqual([]);
    expect(whole).toHaveLength(1);
  });

  test('hostile texts take linear time', async () => {
    const before = performance.now();
    for (const text of [
      '#'.repeat(2e6),
      '# a\n'.repeat(2e5),
      '```\n'.repeat(3e5),
      '|-'.repeat(1e6),
      'a|\n-|\n'.repeat(2e5),
      '`'.repeat(2e6),
    ])
      await chunksOf(text, 500, 100);
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});
