import type { Tensor } from '@ragwright/torch';

export const lambdaSchemes = ['NDCGLoss2++', 'NDCGLoss2', 'NDCGLoss1', 'LambdaRank', 'none'] as const;

/** Which bound of nDCG the weights of the pairs make; see `lambda`. */
export type LambdaScheme = (typeof lambdaSchemes)[number];

export interface LambdaWeightsOptions {
  readonly scheme: LambdaScheme;
  /** Factor on NDCGLoss2's part in NDCGLoss2++. */
  readonly mu: number;
}

/**
 * Weight of each pair (i, j) of a list: [lists, longest, longest]; undefined: 1. Constants: no gradient goes through the
 * places.
 *
 * @param gains G: [lists, longest], divided by the list's ideal DCG
 * @param places of the documents in the order of the scores, from 1, [lists, longest], of the gains' dtype
 */
export function lambdaWeights(
  gains: Tensor,
  places: Tensor,
  { scheme, mu }: LambdaWeightsOptions,
): Tensor | undefined {
  if (scheme === 'none') return undefined;
  if (scheme === 'NDCGLoss1') return gains.mul(inverseDiscount(places)).unsqueeze(2);
  const gaps = gains.unsqueeze(2).sub(gains.unsqueeze(1)).abs();
  if (scheme === 'NDCGLoss2') return distanceWeights(places).mul(gaps);
  if (scheme === 'LambdaRank') return placeWeights(places).mul(gaps);
  return distanceWeights(places).mul(mu).add(placeWeights(places)).mul(gaps);
}

/** 1 / D(place), D(place) = log₂(1 + place). */
const inverseDiscount = (places: Tensor): Tensor => places.add(1).log2().reciprocal();

/** ρ_ij = |1/D(place_i) − 1/D(place_j)|: what nDCG changes by if the two change places. */
function placeWeights(places: Tensor): Tensor {
  const each = inverseDiscount(places);
  return each.unsqueeze(2).sub(each.unsqueeze(1)).abs();
}

/** δ_ij = |1/D(d) − 1/D(d + 1)|, d = |place_i − place_j|; 0 on the diagonal. */
function distanceWeights(places: Tensor): Tensor {
  const distance = places.unsqueeze(2).sub(places.unsqueeze(1)).abs();
  const same = distance.eq(0);
  const apart = distance.maskedFill(same, 1); // D(0) is 0
  return inverseDiscount(apart)
    .sub(inverseDiscount(apart.add(1)))
    .maskedFill(same, 0);
}
