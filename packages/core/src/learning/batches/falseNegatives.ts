import type { TrainingPair } from '../pairs/types.ts';
import { type KnownPositives, knownPositives } from './knownPositives.ts';

/**
 * Marks the candidates that must not count as negatives of an anchor, see `EmbeddingBatch.falseNegatives`: its known
 * positives by text or id (also as far as other rows of the batch tell), texts equal to its own positive, and texts
 * equal to the anchor itself. The time grows with the rows and what is marked, not with all pairs.
 *
 * @param rows all with as many negatives as the first
 * @returns undefined if nothing is marked
 */
export function falseNegatives(
  rows: readonly TrainingPair[],
  known?: KnownPositives,
): Uint8Array | undefined {
  const size = rows.length;
  const width = size * (1 + (rows[0]?.negatives?.length ?? 0));
  const byText = new Map<string, number[]>();
  const byId = new Map<string, number[]>();
  for (const [row, pair] of rows.entries()) {
    push(byText, pair.positive, row);
    push(byId, pair.positiveId, row);
    pair.negatives?.forEach((text, k) => {
      push(byText, text, (k + 1) * size + row);
      push(byId, pair.negativeIds?.[k], (k + 1) * size + row);
    });
  }
  const inBatch = knownPositives(rows);
  let flags: Uint8Array | undefined;
  const marked = (row: number, candidates: readonly number[] | undefined): void => {
    for (const j of candidates ?? []) {
      if (j === row) continue; // the row's own positive
      flags ??= new Uint8Array(size * width);
      flags[row * width + j] = 1;
    }
  };
  for (const [row, pair] of rows.entries()) {
    marked(row, byText.get(pair.query));
    for (const source of [inBatch, known]) {
      for (const text of source?.texts(pair) ?? []) marked(row, byText.get(text));
      for (const id of source?.ids(pair) ?? []) marked(row, byId.get(id));
    }
  }
  return flags;
}

function push(map: Map<string, number[]>, key: string | undefined, value: number): void {
  if (key === undefined) return;
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
