import { ConfigError } from '../../../base/errors.ts';
import { adrMse } from './adrMse.ts';
import { binaryCrossEntropy } from './binaryCrossEntropy.ts';
import { crossEntropy } from './crossEntropy.ts';
import { distillKl } from './distillKl.ts';
import { lambda } from './lambda.ts';
import { listMle } from './listMle.ts';
import { listNet } from './listNet.ts';
import { marginMse } from './marginMse.ts';
import { mse } from './mse.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { pListMle } from './pListMle.ts';
import { rankNet } from './rankNet.ts';
import type { RankingObjective } from './types.ts';

/** Losses by the names that configs and reports use. */
const objectives = {
  BinaryCrossEntropy: binaryCrossEntropy,
  CrossEntropy: crossEntropy,
  ListNet: listNet,
  ListMLE: listMle,
  PListMLE: pListMle,
  RankNet: rankNet,
  Lambda: lambda,
  MarginMSE: marginMse,
  MSE: mse,
  ADRMSE: adrMse,
  DistillKL: distillKl,
  MultipleNegativesRanking: multipleNegativesRanking,
} as const satisfies Record<string, (options: never) => RankingObjective>;

export type RankingObjectiveName = keyof typeof objectives;

export const rankingObjectiveNames = Object.keys(objectives) as [
  RankingObjectiveName,
  ...RankingObjectiveName[],
];

/** A loss of a cross-encoder by name, with its own options. */
export interface RankingObjectiveChoice {
  readonly name: RankingObjectiveName;
  readonly [option: string]: unknown;
}

/** @throws ConfigError that lists every option that is wrong */
export function makeRankingObjective({ name, ...options }: RankingObjectiveChoice): RankingObjective {
  if (!Object.hasOwn(objectives, name)) {
    const expected = `one of ${rankingObjectiveNames.join(', ')}`;
    throw new ConfigError('objective', [{ field: 'name', expected, got: String(name) }]);
  }
  const make: (options: object) => RankingObjective = objectives[name];
  return make(options);
}
