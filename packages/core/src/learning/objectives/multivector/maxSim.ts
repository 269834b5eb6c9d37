import { fromTypedArray, max, scope, stack, type Tensor, zeros } from '@ragwright/torch';
import type { MultiVectorSimilarity, TokenVectors } from '../../../models/multivector/index.ts';

/*
 * Late interaction (Khattab & Zaharia, arXiv 2004.12832): each token of the query finds the closest of the document's,
 *
 *     MaxSim(q, d) = Σ_i max_j q_i·d_j
 *
 * and `meanmaxsim` divides that by the query's tokens. Lists of any lengths, nothing is padded; recording keeps one index for
 * each token of a query and document, not their products.
 */

/** Each query with each document: [queries, documents]. No text without a vector. */
export function maxSimMatrix(
  queries: TokenVectors,
  documents: TokenVectors,
  similarity: MultiVectorSimilarity,
): Tensor {
  return scope(() => {
    const each = documents.vectors
      .splitWithSizes([...documents.lengths], 0)
      .map((document) => max(queries.vectors.matmul(document.t()), 1)[0]);
    return sumByQuery(stack(each, 1), queries.lengths, similarity);
  });
}

/** Query i with document i: [n]. No text without a vector. */
export function maxSimPairs(
  queries: TokenVectors,
  documents: TokenVectors,
  similarity: MultiVectorSimilarity,
): Tensor {
  return scope(() => {
    const own = documents.vectors.splitWithSizes([...documents.lengths], 0);
    const sums = queries.vectors.splitWithSizes([...queries.lengths], 0).map((query, i) => {
      const best = max(query.matmul((own[i] as Tensor).t()), 1)[0];
      return similarity === 'maxsim' ? best.sum() : best.mean();
    });
    return stack(sums, 0);
  });
}

/** best [T, documents], of each query's tokens → [queries, documents] */
function sumByQuery(best: Tensor, lengths: readonly number[], similarity: MultiVectorSimilarity): Tensor {
  const { device, dtype } = best;
  const owner = lengths.flatMap((length, i) => new Array<number>(length).fill(i));
  const owners = fromTypedArray(BigInt64Array.from(owner, BigInt), [owner.length], { device });
  const into = zeros([lengths.length, best.shape[1] as number], { dtype, device });
  const sums = into.indexAdd(0, owners, best);
  if (similarity === 'maxsim') return sums;
  const counts = fromTypedArray(Float64Array.from(lengths), [lengths.length, 1], { device });
  return sums.div(counts.to(dtype));
}
