import * as z from 'zod';
import {
  makeRankingObjective,
  type RankingObjectiveChoice,
  rankingObjectiveNames,
} from '../objectives/index.ts';
import { listNegativesSchema } from '../pairs/index.ts';
import { passOn } from './passOn.ts';
import { encoderTrainingShape } from './trainedPartSettings.ts';

const objective = z
  .union([
    z.enum(rankingObjectiveNames).transform((name) => ({ name })),
    z.looseObject({ name: z.enum(rankingObjectiveNames) }),
  ])
  .transform((choice): RankingObjectiveChoice => choice)
  .superRefine((choice, context) => {
    passOn(context, () => makeRankingObjective(choice));
  });

/** All that `tuneReranker` can be told in a config file: training's settings, and these. Unknown keys are errors. */
export const rerankerSettings = z.strictObject({
  ...encoderTrainingShape,
  /** Default 3: after one, a new head on SciFact's 722 queries ranks at 0.39 on dev, after three at 0.52. */
  epochs: encoderTrainingShape.epochs.unwrap().default(3),
  /** Default 1e-4, five times an embedding model's: the head is new, and so is reading two texts together. */
  learningRate: encoderTrainingShape.learningRate.unwrap().default(1e-4),
  /** Lists (queries with their documents) in a batch. Default 8: with six documents each some 48 pairs. */
  batchSize: z.int().min(1).default(8),
  /** A name, or `{ name, …its options }`. Default ListNet: see the figures of docs/decisions/0019. */
  objective: objective.prefault('ListNet'),
});

/** As written by a person: everything may be left out. */
export type RerankerSettings = z.input<typeof rerankerSettings>;
/** With the defaults filled in. */
export type ResolvedRerankerSettings = z.output<typeof rerankerSettings>;

/** The same, with how its training data are made: what one command can be told. */
export const rerankerCommandSettings = rerankerSettings.extend({
  negatives: listNegativesSchema.prefault({}),
  /** Documents of a dev query that are ranked. */
  candidates: z.int().min(1).default(30),
  /** Dev queries, at random. */
  devQueries: z.int().min(1).default(100),
});
