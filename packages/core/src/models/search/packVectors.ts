import { RagwrightError } from '../../base/errors.ts';

/** Vectors that cannot be searched. */
export class VectorError extends RagwrightError {}

/**
 * One row after the other, each scaled to length 1; a zero vector stays zero.
 *
 * @param what for the error: `query`, `document`
 * @param first number of the first vector, for the error
 * @throws VectorError if a length is another or a value is not finite
 */
export function packVectors(
  vectors: readonly Float32Array[],
  dimensions: number,
  what: string,
  first = 0,
): Float32Array {
  const packed = new Float32Array(vectors.length * dimensions);
  vectors.forEach((vector, row) => {
    if (vector.length !== dimensions) {
      const message = `has ${vector.length} dimensions, expected ${dimensions}`;
      throw new VectorError(`vector of ${what} ${first + row} ${message}`);
    }
    const length = Math.sqrt(dot(vector, vector));
    if (!Number.isFinite(length)) throw new VectorError(`vector of ${what} ${first + row} is not finite`);
    const scale = length === 0 ? 0 : 1 / length;
    for (let i = 0; i < dimensions; i++) packed[row * dimensions + i] = (vector[i] as number) * scale;
  });
  return packed;
}

/** Cosine of two vectors of one length; 0 if one of them is zero. */
export function cosine(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) throw new VectorError(`vectors of ${a.length} and ${b.length} dimensions`);
  const size = Math.sqrt(dot(a, a) * dot(b, b));
  return size === 0 ? 0 : dot(a, b) / size;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}
