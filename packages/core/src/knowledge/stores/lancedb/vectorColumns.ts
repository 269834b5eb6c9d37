import {
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Int32,
  List,
  makeData,
  makeVector,
  type Vector,
} from 'apache-arrow';
import type { EmbeddedChunk } from '../../types.ts';

/** What the chunks of a table are found by, besides terms. A column holds null for a chunk without it. */
export interface VectorColumns {
  /** Of `vector`; undefined: no such column. */
  readonly dimensions: number | undefined;
  /** Of each vector in `tokens`; undefined: no such column. */
  readonly tokenDimensions: number | undefined;
  /** Whether there are `sparse_indices` and `sparse_values`. */
  readonly sparse: boolean;
}

/** Those of a table with its own and those that these chunks need. */
export const vectorColumnsFor = (
  chunks: readonly EmbeddedChunk[],
  table?: VectorColumns | undefined,
): VectorColumns => ({
  dimensions: table?.dimensions ?? chunks.find(({ vector }) => vector)?.vector?.length,
  tokenDimensions: table?.tokenDimensions ?? chunks.find(({ tokens }) => tokens)?.tokens?.dimensions,
  sparse: table?.sparse || chunks.some(({ sparse }) => sparse),
});

/** SQL of the columns that a table does not have yet, without a value. */
export function addedVectorColumns(
  has: VectorColumns,
  wanted: VectorColumns,
): { readonly name: string; readonly valueSql: string }[] {
  const empty = (name: string, type: string) => ({ name, valueSql: `arrow_cast(NULL, '${type}')` });
  const { dimensions: d, tokenDimensions: t } = wanted;
  const added = [];
  if (has.dimensions === undefined && d !== undefined)
    added.push(empty('vector', `FixedSizeList(${d}, Float32)`));
  if (has.tokenDimensions === undefined && t !== undefined)
    added.push(empty('tokens', `List(FixedSizeList(${t}, Float32))`));
  if (wanted.sparse && !has.sparse) {
    added.push(empty('sparse_indices', 'List(Int32)'), empty('sparse_values', 'List(Float32)'));
  }
  return added;
}

/** Arrow columns of these chunks. */
export function vectorValues(
  chunks: readonly EmbeddedChunk[],
  { dimensions, tokenDimensions, sparse }: VectorColumns,
): [name: string, values: Vector][] {
  const values: [string, Vector][] = [];
  if (dimensions !== undefined) {
    const block = new Float32Array(chunks.length * dimensions);
    chunks.forEach(({ vector }, row) => {
      if (vector !== undefined) block.set(vector, row * dimensions);
    });
    const type = vectorType(dimensions);
    const child = makeData({ type: new Float32(), data: block });
    const nulls = nullsOf(chunks.map(({ vector }) => vector !== undefined));
    values.push(['vector', makeVector(makeData({ type, length: chunks.length, child, ...nulls }))]);
  }
  if (tokenDimensions !== undefined) {
    const type = vectorType(tokenDimensions);
    const lists = chunks.map(({ tokens }) => tokens?.data);
    const child = (data: Float32Array) =>
      makeData({
        type,
        length: data.length / tokenDimensions,
        child: makeData({ type: new Float32(), data }),
      });
    values.push(['tokens', listColumn(type, lists, Float32Array, child, tokenDimensions)]);
  }
  if (sparse) {
    const ints = (data: Int32Array) => makeData({ type: new Int32(), data });
    const floats = (data: Float32Array) => makeData({ type: new Float32(), data });
    const indices = chunks.map((one) => one.sparse?.indices);
    const weights = chunks.map((one) => one.sparse?.values);
    values.push(['sparse_indices', listColumn(new Int32(), indices, Int32Array, ints)]);
    values.push(['sparse_values', listColumn(new Float32(), weights, Float32Array, floats)]);
  }
  return values;
}

const vectorType = (dimensions: number): FixedSizeList =>
  new FixedSizeList(dimensions, new Field('item', new Float32(), true));

/** Lists of different lengths in one block; empty ones as null, which LanceDB's search leaves out. */
function listColumn<A extends Float32Array | Int32Array>(
  type: DataType,
  lists: readonly (A | undefined)[],
  block: new (length: number) => A,
  child: (data: A) => ReturnType<typeof makeData>,
  perItem = 1,
): Vector {
  const valueOffsets = new Int32Array(lists.length + 1);
  lists.forEach((list, row) => {
    valueOffsets[row + 1] = (valueOffsets[row] as number) + (list?.length ?? 0) / perItem;
  });
  const data = new block((valueOffsets.at(-1) as number) * perItem);
  lists.forEach((list, row) => {
    if (list !== undefined) data.set(list as never, (valueOffsets[row] as number) * perItem);
  });
  const nulls = nullsOf(lists.map((list) => list !== undefined && list.length > 0));
  const list = new List(new Field('item', type, true));
  return makeVector(
    makeData({ type: list, length: lists.length, valueOffsets, child: child(data) as never, ...nulls }),
  );
}

/** Arrow's bitmap: bit i of byte i / 8 is 1 where row i has a value. */
function nullsOf(isThere: readonly boolean[]): {
  readonly nullCount: number;
  readonly nullBitmap: Uint8Array;
} {
  const nullBitmap = new Uint8Array(Math.ceil(isThere.length / 8));
  let nullCount = 0;
  isThere.forEach((value, row) => {
    if (value) nullBitmap[row >> 3] = (nullBitmap[row >> 3] as number) | (1 << (row & 7));
    else nullCount++;
  });
  return { nullCount, nullBitmap };
}
