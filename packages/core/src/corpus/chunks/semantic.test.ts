import { expect, test } from 'vitest';
import { createSplitter } from './createSplitter.ts';
import { cosineDistance, percentile } from './semantic.ts';
import { splitDocument } from './splitDocument.ts';
import { documentOf } from './texts.fixture.ts';
import type { EmbedTexts } from './types.ts';

/** Says which of two subjects a text is about. */
const embed: EmbedTexts = async (texts) =>
  texts.map((text) =>
    Float32Array.of((text.match(/sea|tide/g) ?? []).length, (text.match(/bee|hive/g) ?? []).length + 0.01),
  );

const text =
  'The sea is wide. The tide comes in. The sea is calm. A bee flies. The hive hums. Each bee has work.';

test('a chunk ends where the subject changes', async () => {
  const splitter = createSplitter({ kind: 'semantic', size: 100, window: 0 }, { embed });
  expect((await splitDocument(documentOf(text), splitter)).map((chunk) => chunk.text)).toEqual([
    'The sea is wide. The tide comes in. The sea is calm.',
    'A bee flies. The hive hums. Each bee has work.',
  ]);
});

test('a group that is too large is packed by sentences', async () => {
  const splitter = createSplitter({ kind: 'semantic', unit: 'characters', size: 36, window: 0 }, { embed });
  expect((await splitDocument(documentOf(text), splitter)).map((chunk) => chunk.text)).toEqual([
    'The sea is wide. The tide comes in.',
    'The sea is calm.',
    'A bee flies. The hive hums.',
    'Each bee has work.',
  ]);
});

test('windows, batches and order: as many vectors as sentences, whatever their number', async () => {
  const seen: string[] = [];
  const splitter = createSplitter(
    { kind: 'semantic', size: 8, unit: 'characters' },
    {
      embed(texts) {
        seen.push(...texts);
        return embed(texts);
      },
    },
  );
  const many = Array.from({ length: 600 }, (_, i) => `No ${i}.`).join(' ');
  await splitDocument(documentOf(many), splitter);
  expect(seen).toHaveLength(600);
  expect(seen[0]).toBe('No 0. No 1.');
  expect(seen[300]).toBe('No 299. No 300. No 301.');
});

test('an embed function that loses vectors is told so', async () => {
  const splitter = createSplitter({ kind: 'semantic', size: 100 }, { embed: async () => [] });
  await expect(splitDocument(documentOf(text), splitter)).rejects.toThrow('6 texts and returned 0');
});

test('cosine distance and percentile', () => {
  expect(cosineDistance(Float32Array.of(3, 0), Float32Array.of(0, 2))).toBe(1);
  expect(cosineDistance(Float32Array.of(1, 1), Float32Array.of(5, 5))).toBeCloseTo(0, 12);
  expect(cosineDistance(Float32Array.of(0, 0), Float32Array.of(1, 1))).toBe(0);
  expect(percentile([4, 1, 3, 2], 50)).toBe(2.5); // numpy.percentile
  expect(percentile([1, 2, 3, 4, 10], 95)).toBeCloseTo(8.8, 12);
});
