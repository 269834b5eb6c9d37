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

/** Losses of cross-encoders; three of them have namesakes among the losses on embeddings. */
export const rankingLosses = {
  adrMse,
  binaryCrossEntropy,
  crossEntropy,
  distillKl,
  lambda,
  listMle,
  listNet,
  marginMse,
  mse,
  multipleNegativesRanking,
  pListMle,
  rankNet,
} as const;

export {
  makeRankingObjective,
  type RankingObjectiveChoice,
  type RankingObjectiveName,
  rankingObjectiveNames,
} from './byName.ts';
export { checkRankingBatch, checkRankingRows, type RankingRowsSummary } from './needs.ts';
export { type TrainableLists, trainableLists } from './trainableLists.ts';
export type { RankingNeeds, RankingObjective } from './types.ts';
