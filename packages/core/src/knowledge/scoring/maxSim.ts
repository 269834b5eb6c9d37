import { ConfigError } from '../../base/errors.ts';
import type { MultiVector } from '../types.ts';

/**
 * Late interaction: Σᵢ maxⱼ qᵢ · dⱼ over the tokens i of a query and j of a document; cosines, as the vectors have length
 * 1 (ColBERT, arXiv 2004.12832, section 3.3). Not divided by the number of query tokens. A document without tokens has the
 * lowest score there is, −1 for each token of the query; a query without tokens has 0.
 *
 * @throws ConfigError if the vectors of both have not one length
 */
export function maxSim(query: MultiVector, document: MultiVector): number {
  const d = query.dimensions;
  if (document.dimensions !== d) {
    const got = `${document.dimensions} in the document`;
    throw new ConfigError('maxSim', [{ field: 'dimensions', expected: `${d}, as in the query`, got }]);
  }
  let sum = 0;
  for (let q = 0; q < query.data.length; q += d) {
    let best = document.data.length === 0 ? -1 : Number.NEGATIVE_INFINITY;
    for (let t = 0; t < document.data.length; t += d) {
      const dot = dotAt(query.data, q, document.data, t, d);
      if (dot > best) best = dot;
    }
    sum += best;
  }
  return sum;
}

/** Four sums, so that the processor needn't wait for each addition. */
function dotAt(a: Float32Array, from: number, b: Float32Array, start: number, length: number): number {
  const whole = length - (length % 4);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  for (let i = 0; i < whole; i += 4) {
    const p = from + i;
    const q = start + i;
    s0 += (a[p] as number) * (b[q] as number);
    s1 += (a[p + 1] as number) * (b[q + 1] as number);
    s2 += (a[p + 2] as number) * (b[q + 2] as number);
    s3 += (a[p + 3] as number) * (b[q + 3] as number);
  }
  for (let i = whole; i < length; i++) s0 += (a[from + i] as number) * (b[start + i] as number);
  return s0 + s1 + s2 + s3;
}
