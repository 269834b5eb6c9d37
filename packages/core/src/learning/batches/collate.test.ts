import { describe, expect, test } from 'vitest';
import type { TrainingPair } from '../pairs/types.ts';
import { collator, type TextRole } from './collate.ts';
import { BatchError } from './errors.ts';
import { knownPositives } from './knownPositives.ts';
import { miniBatches } from './miniBatches.ts';

const rows: TrainingPair[] = [
  { query: 'one', positive: 'first answer', negatives: ['n0', 'm0 m0'] },
  { query: 'two words', positive: 'second', negatives: ['n1', 'm1'] },
  { query: 'three', positive: 'third', negatives: ['n2', 'first answer'] },
];

/** Ids are the lengths of the words, between 100 and 101. */
const tokenize = (texts: readonly string[], _role: TextRole): Int32Array[] =>
  texts.map((text) => Int32Array.from([100, ...text.split(' ').map((word) => word.length), 101]));

describe('collator', () => {
  test('columns by role, in the order of the indexes', async () => {
    const roles: TextRole[] = [];
    const collate = collator({
      rows,
      tokenize: (texts, role) => {
        roles.push(role);
        return tokenize(texts, role);
      },
    });
    const batch = await collate([1, 0]);
    expect(roles).toEqual(['query', 'document', 'document', 'document']);
    expect(batch.rows).toEqual([rows[1], rows[0]]);
    expect(batch.indexes).toEqual([1, 0]);
    expect(batch.columns.map(({ role }) => role)).toEqual(roles);
    expect(batch.columns[0]?.tokens).toEqual([Int32Array.of(100, 3, 5, 101), Int32Array.of(100, 3, 101)]);
    expect(batch.columns[3]?.tokens[1]).toEqual(Int32Array.of(100, 2, 2, 101));
    expect(batch.tokenCount).toBe(4 + 3 + 3 + 4 + 3 + 3 + 3 + 4);
    expect(batch).not.toHaveProperty('falseNegatives');
  });

  test('prompts stand before the texts of their role', async () => {
    const seen: string[] = [];
    const collate = collator({
      rows,
      tokenize: async (texts, role) => {
        seen.push(`${role}: ${texts[0]}`);
        return { sequences: tokenize(texts, role), promptTokens: role === 'query' ? 2 : 0 };
      },
      prompts: { query: 'query: ' },
    });
    const batch = await collate([0]);
    expect(seen.slice(0, 2)).toEqual(['query: query: one', 'document: first answer']);
    expect(batch.columns.map((column) => column.promptTokens)).toEqual([2, undefined, undefined, undefined]);
    expect(miniBatches(batch, 1000)[0]?.promptTokens).toEqual([2, 0, 0, 0]);
  });

  test('marks what answers a query elsewhere in the batch', async () => {
    const batch = await collator({ rows, tokenize, known: knownPositives(rows) })([0, 1, 2]);
    // "first answer" is the second negative of row 2: document 2·3 + 2.
    expect([...(batch.falseNegatives ?? [])].flatMap((flag, at) => (flag ? [at] : []))).toEqual([8]);
  });

  test('what cannot be a batch is a typed error with row and field', async () => {
    const uneven = [...rows, { query: 'q', positive: 'p' }];
    const collate = collator({ rows: uneven, tokenize });
    await expect(collate([])).rejects.toThrow(BatchError);
    await expect(collate([9])).rejects.toThrow('row 9: expected an index below 4');
    await expect(collate([1, 3])).rejects.toThrow('row 3, negatives: expected 2, as in row 1, got 0');
    const bare = collator({
      rows,
      tokenize: (texts) => texts.map((text) => new Int32Array(text === 'n1' ? 0 : 2)),
    });
    await expect(bare([0, 1])).rejects.toThrow('row 1, negatives[0]: expected at least one token');
    await expect(collator({ rows, tokenize: () => [] })([0])).rejects.toThrow(
      'query: expected tokens of 1 texts',
    );
  });
});

describe('miniBatches', () => {
  const columnOf = (lengths: readonly number[]) => ({
    role: 'query' as const,
    tokens: lengths.map((length) => new Int32Array(length).fill(length)),
  });
  const batch = { columns: [columnOf([5, 1, 3]), columnOf([9, 2, 3])] };

  test('one in the order of the batch if all fits', () => {
    const [only, ...rest] = miniBatches(batch, 23);
    expect(rest).toEqual([]);
    expect(only?.places).toEqual([0, 1, 2, 3, 4, 5]);
    expect(only?.tokenCount).toBe(23);
    expect(only).not.toHaveProperty('promptTokens');
  });

  test('else by length, the longest first, within the budget', () => {
    const cuts = miniBatches(batch, 9);
    expect(cuts.map(({ places }) => places)).toEqual([[3], [0, 2], [5, 4, 1]]);
    expect(cuts.map(({ tokenCount }) => tokenCount)).toEqual([9, 8, 6]);
    expect(cuts.map(({ sequences }) => sequences.map((ids) => ids.length))).toEqual([[9], [5, 3], [3, 2, 1]]);
    expect(miniBatches(batch, 9)).toEqual(cuts);
  });

  test('a sequence longer than the budget stands alone', () => {
    expect(miniBatches(batch, 1).map(({ places }) => places)).toEqual([[3], [0], [2], [5], [4], [1]]);
  });

  test.each([0, -1, Number.NaN])('a budget of %s is refused', (budget) => {
    expect(() => miniBatches(batch, budget)).toThrow(/tokensInMemory: expected a number above 0/);
  });
});
