import { StoreError } from '../errors.ts';
import type { MultiVector, SparseVector } from '../types.ts';

/** Names the store and the method in errors. */
export interface Call {
  readonly store: string;
  readonly op: string;
}

/** A copy of length 1, so that the dot product is the cosine. */
export function unitVector(call: Call, vector: Float32Array, dimensions: number, what: string): Float32Array {
  if (vector.length !== dimensions || dimensions === 0) {
    throw wrongLength(call, dimensions, `${vector.length} in ${what}`);
  }
  const unit = vector.slice();
  scaleToUnit(call, unit, what);
  return unit;
}

/** A copy whose token vectors all have length 1. */
export function unitTokens(call: Call, tokens: MultiVector, dimensions: number, what: string): MultiVector {
  const { data } = tokens;
  if (tokens.dimensions !== dimensions || dimensions === 0) {
    throw wrongLength(call, dimensions, `${tokens.dimensions} in ${what}`);
  }
  if (data.length % dimensions !== 0) {
    const expected = `a multiple of ${dimensions} numbers`;
    throw new StoreError({ ...call, reason: 'dimensions', expected, got: `${data.length} in ${what}` });
  }
  const unit = data.slice();
  for (let start = 0; start < unit.length; start += dimensions) {
    scaleToUnit(call, unit.subarray(start, start + dimensions), `token ${start / dimensions} of ${what}`);
  }
  return { dimensions, data: unit };
}

/** Places beyond it no vocabulary has, and no index of a database need hold. */
const mostPlaces = 1_000_000_000;

/** A copy of a sparse vector whose places ascend and whose weights are finite. */
export function checkSparse(call: Call, { indices, values }: SparseVector, what: string): SparseVector {
  const refuse = (expected: string, got: string): StoreError =>
    new StoreError({ ...call, reason: 'vector', expected, got: `${got} in ${what}` });
  if (indices.length !== values.length) {
    throw refuse('as many values as indices', `${indices.length} indices and ${values.length} values`);
  }
  let before = -1;
  for (let i = 0; i < indices.length; i++) {
    const index = indices[i] as number;
    if (index < 0 || index >= mostPlaces) throw refuse(`indices from 0 to ${mostPlaces - 1}`, String(index));
    if (index <= before) throw refuse('ascending indices, each once', `${index} after ${before}`);
    if (!Number.isFinite(values[i])) throw refuse('finite values', `${values[i]} at index ${index}`);
    before = index;
  }
  return { indices: indices.slice(), values: values.slice() };
}

function scaleToUnit(call: Call, vector: Float32Array, what: string): void {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (squares === 0 || !Number.isFinite(squares)) {
    throw new StoreError({
      ...call,
      reason: 'vector',
      expected: 'finite numbers, not all zero',
      got: `${squares === 0 ? 'zeros' : 'NaN or infinity'} in ${what}`,
    });
  }
  const scale = 1 / Math.sqrt(squares);
  for (let i = 0; i < vector.length; i++) vector[i] = (vector[i] as number) * scale;
}

const wrongLength = (call: Call, dimensions: number, got: string): StoreError =>
  new StoreError({
    ...call,
    reason: 'dimensions',
    expected: dimensions === 0 ? 'at least one dimension' : `${dimensions} dimensions`,
    got,
    hint: 'a store holds the vectors of one embedding model',
  });
