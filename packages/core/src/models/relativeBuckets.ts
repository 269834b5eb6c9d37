import { abs, arange, log, scope, type Tensor, where } from '@ragwright/torch';
import { BUCKETS } from './mpnetConfig.ts';

/** Distances from here on share the last bucket. */
const MAX_DISTANCE = 128;

/**
 * T5's buckets of relative positions (Raffel et al., arXiv 1910.10683, § 2.1), as MPNet has them: half of the buckets
 * for keys after the query; in each half, one bucket for each distance below 8, then logarithmically wider ones.
 * In float32, as transformers computes them: the borders of the buckets depend on its rounding.
 *
 * @returns int64 [length, length]: bucket of each query (row) and key
 */
export function relativeBuckets(length: number, device = 'cpu'): Tensor {
  return scope(() => {
    const positions = arange(length, { dtype: 'int64', device });
    const relative = positions.unsqueeze(0).sub(positions.unsqueeze(1)); // key − query
    const distance = abs(relative);
    const half = BUCKETS / 2;
    const exact = half / 2;
    const wide = log(distance.clampMin(1).to('float32').div(exact))
      .div(Math.log(MAX_DISTANCE / exact))
      .mul(half - exact)
      .to('int64')
      .add(exact)
      .clampMax(half - 1);
    const later = relative.gt(0).to('int64').mul(half);
    return later.add(where(distance.lt(exact), distance, wide));
  });
}
