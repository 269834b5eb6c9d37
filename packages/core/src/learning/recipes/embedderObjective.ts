import { ConfigError } from '../../base/errors.ts';
import { withoutUndefined } from '../../base/settings.ts';
import {
  angle,
  batchAllTriplet,
  batchHardSoftMarginTriplet,
  batchHardTriplet,
  batchSemiHardTriplet,
  contrastive,
  cosent,
  cosineSimilarity,
  distillKl,
  type EmbeddingObjective,
  gist,
  globalOrthogonalRegularization,
  marginMse,
  matryoshka,
  megaBatchMargin,
  multipleNegativesRanking,
  onlineContrastive,
  triplet,
} from '../objectives/index.ts';

interface NamedObjective {
  readonly make: (options: object) => EmbeddingObjective;
  /** The rows of a batch are each other's negatives, so no text may come twice in it. */
  readonly inBatchNegatives: boolean;
}

/** Losses by the names that configs and reports use. */
const objectives = {
  MultipleNegativesRanking: { make: multipleNegativesRanking, inBatchNegatives: true },
  GIST: { make: gist, inBatchNegatives: true },
  Triplet: { make: triplet, inBatchNegatives: false },
  CoSENT: { make: cosent, inBatchNegatives: false },
  AnglE: { make: angle, inBatchNegatives: false },
  MarginMSE: { make: marginMse, inBatchNegatives: false },
  DistillKL: { make: distillKl, inBatchNegatives: false },
  Contrastive: { make: contrastive, inBatchNegatives: false },
  OnlineContrastive: { make: onlineContrastive, inBatchNegatives: false },
  CosineSimilarity: { make: cosineSimilarity, inBatchNegatives: false },
  MegaBatchMargin: { make: megaBatchMargin, inBatchNegatives: true },
  BatchHardTriplet: { make: batchHardTriplet, inBatchNegatives: false },
  BatchHardSoftMarginTriplet: { make: batchHardSoftMarginTriplet, inBatchNegatives: false },
  BatchSemiHardTriplet: { make: batchSemiHardTriplet, inBatchNegatives: false },
  BatchAllTriplet: { make: batchAllTriplet, inBatchNegatives: false },
} as const satisfies Record<string, NamedObjective>;

export type ObjectiveName = keyof typeof objectives;

export const objectiveNames = Object.keys(objectives) as [ObjectiveName, ...ObjectiveName[]];

/** A loss by name with its own options. */
export interface ObjectiveChoice {
  readonly name: ObjectiveName;
  readonly [option: string]: unknown;
}

/** Lengths to which embeddings may be cut; see `matryoshka`. */
export interface MatryoshkaChoice {
  readonly dims: readonly number[];
  readonly weights?: readonly number[] | undefined;
  readonly dimsPerStep?: number | undefined;
}

/** What goes around or beside any loss. */
export interface ObjectiveWrappers {
  readonly matryoshka?: MatryoshkaChoice | undefined;
  /** See `globalOrthogonalRegularization`, which checks them. */
  readonly globalOrthogonalRegularization?: Readonly<Record<string, unknown>> | undefined;
}

export const hasInBatchNegatives = (name: ObjectiveName): boolean => objectives[name].inBatchNegatives;

/**
 * A loss with what it is wrapped in: Matryoshka outermost, so that each length is spread out (as EmbeddingGemma, arXiv
 * 2509.20354, has it).
 *
 * @throws ConfigError that lists every option that is wrong
 */
export function makeObjective(
  { name, ...options }: ObjectiveChoice,
  { matryoshka: nested, globalOrthogonalRegularization: spread }: ObjectiveWrappers = {},
): EmbeddingObjective {
  if (!Object.hasOwn(objectives, name)) {
    const expected = `one of ${objectiveNames.join(', ')}`;
    throw new ConfigError('objective', [{ field: 'name', expected, got: String(name) }]);
  }
  const { make }: NamedObjective = objectives[name];
  const plain = make(options);
  const objective = spread ? globalOrthogonalRegularization(plain, spread) : plain;
  return nested ? matryoshka(objective, withoutUndefined(nested)) : objective;
}
