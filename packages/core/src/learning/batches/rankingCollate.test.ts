import { describe, expect, it } from 'vitest';
import type { LabelledList } from '../pairs/types.ts';
import { BatchError } from './errors.ts';
import { pairMiniBatches, rankingCollator } from './index.ts';

const rows: LabelledList[] = [
  { query: 'a', documents: ['a1', 'a2', 'a3'], labels: [1, 0, 0], documentIds: ['1', '2', '3'] },
  { query: 'b', documents: ['b1'], labels: [1] },
  { query: 'c', documents: ['c1', 'a1'], labels: [2, 0] },
  { query: 'a', documents: ['a4'], labels: [0] },
];
/** One token per character, and the query's length as the number of tokens of the first segment. */
const tokenizePairs = async (pairs: readonly (readonly [string, string])[]) => ({
  sequences: pairs.map(([query, text]) => Int32Array.from(`${query}${text}`, (char) => char.charCodeAt(0))),
  segmentIds: pairs.map(([query, text]) =>
    Int32Array.from(`${query}${text}`, (_, i) => (i < query.length ? 0 : 1)),
  ),
});

describe('rankingCollator', () => {
  it('puts the pairs of ragged lists one after the other', async () => {
    const batch = await rankingCollator({ rows, tokenizePairs })([2, 1]);
    expect(batch.rows).toEqual([rows[2], rows[1]]);
    expect(batch.sequences.map((ids) => String.fromCharCode(...ids))).toEqual(['cc1', 'ca1', 'bb1']);
    expect(batch.segmentIds?.map((ids) => [...ids])).toEqual([
      [0, 1, 1],
      [0, 1, 1],
      [0, 1, 1],
    ]);
    expect(batch).toMatchObject({ tokenCount: 9, indexes: [2, 1] });
  });

  it('adds documents of other queries with label 0, never own ones or those of the same query', async () => {
    const collate = rankingCollator({ rows, tokenizePairs, inBatchNegatives: 10, seed: 1 });
    const batch = await collate([0, 1, 2, 3]);
    const [a, b, c, again] = batch.rows;
    expect(a?.documents.slice(0, 3)).toEqual(rows[0]?.documents);
    expect(a?.documents.slice(3).sort()).toEqual(['b1', 'c1']); // a1 of list c is its own
    expect(a?.labels).toEqual([1, 0, 0, 0, 0]);
    expect(a?.documentIds).toBeUndefined();
    expect(b?.documents.slice(1).sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'c1']);
    expect(c?.documents).toHaveLength(2 + 4);
    expect(again?.documents.slice(1).sort()).toEqual(['b1', 'c1']); // another list says that a1 answers it
    const few = rankingCollator({ rows, tokenizePairs, inBatchNegatives: 2, seed: 1 });
    const first = await few([0, 1, 2]);
    expect((await few([0, 1, 2])).rows).toEqual(first.rows);
    expect(first.rows.map(({ documents }) => documents.length)).toEqual([5, 3, 4]);
  });

  it('names what is wrong', async () => {
    const collate = rankingCollator({
      rows: [...rows, { query: 'e', documents: [], labels: [] }],
      tokenizePairs,
    });
    await expect(collate([])).rejects.toThrow(BatchError);
    await expect(collate([9])).rejects.toThrow('no such list');
    await expect(collate([4])).rejects.toThrow('expected a list with documents, got none');
  });
});

describe('pairMiniBatches', () => {
  it('cuts by length, and keeps segments with their tokens', async () => {
    const batch = await rankingCollator({ rows, tokenizePairs })([0, 1]);
    const lengths = batch.sequences.map((ids) => ids.length);
    expect(pairMiniBatches(batch, 1000)).toHaveLength(1);
    const cuts = pairMiniBatches(batch, 6);
    expect(cuts.flatMap(({ places }) => places).sort()).toEqual([0, 1, 2, 3]);
    for (const { places, segmentIds, sequences } of cuts) {
      expect(sequences).toEqual(places.map((place) => batch.sequences[place]));
      expect(segmentIds).toEqual(places.map((place) => batch.segmentIds?.[place]));
      expect(places.reduce((sum, place) => sum + (lengths[place] as number), 0)).toBeLessThanOrEqual(6);
    }
    const { segmentIds: _, ...bare } = batch;
    expect(pairMiniBatches(bare, 6)[0]?.segmentIds).toBeUndefined();
  });
});
