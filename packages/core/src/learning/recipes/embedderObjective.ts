import { ConfigError } from '../../base/errors.ts';
import { withoutUndefined } from '../../base/settings.ts';
import {
  angle,
  cosent,
  distillKl,
  type EmbeddingObjective,
  gist,
  marginMse,
  matryoshka,
  multipleNegativesRanking,
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

export const hasInBatchNegatives = (name: ObjectiveName): boolean => objectives[name].inBatchNegatives;

/** @throws ConfigError that lists every option that is wrong */
export function makeObjective(
  { name, ...options }: ObjectiveChoice,
  nested: MatryoshkaChoice | undefined,
): EmbeddingObjective {
  if (!Object.hasOwn(objectives, name)) {
    const expected = `one of ${objectiveNames.join(', ')}`;
    throw new ConfigError('objective', [{ field: 'name', expected, got: String(name) }]);
  }
  const { make }: NamedObjective = objectives[name];
  const objective = make(options);
  return nested ? matryoshka(objective, withoutUndefined(nested)) : objective;
}
