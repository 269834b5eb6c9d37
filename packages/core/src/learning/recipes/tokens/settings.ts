import * as z from 'zod';
import { passOn } from '../passOn.ts';
import { encoderTrainingShape } from '../trainedPartSettings.ts';

const { lora: _lora, freeze: _freeze, ...training } = encoderTrainingShape; // all weights are trained

/** Settings that the sparse and the multi-vector recipe share: training's own, and how batches are made. */
export const pairSettingsShape = {
  ...training,
  /** Rows in a batch: what the loss sees. Default 32, sentence-transformers' examples have 16 to 64. */
  batchSize: z.int().min(1).default(32),
  /** Tokens whose activations exist at a time. It changes nothing in the result. Default 8192. */
  tokensInMemory: z.int().min(1).default(8192),
  /** No text twice in a batch; default true: the rows of a batch may be each other's negatives. */
  noDuplicates: z.boolean().default(true),
};

const shared = z.strictObject(pairSettingsShape);
export type ResolvedPairSettings = z.output<typeof shared>;

/** One of the losses by name, or `{ name, …its options }`; each loss checks its own options. */
export function objectiveChoice<Name extends string>(
  makers: Readonly<Record<Name, (options: object) => unknown>>,
) {
  const names = z.enum(Object.keys(makers) as [Name, ...Name[]]);
  return z
    .union([names.transform((name) => ({ name })), z.looseObject({ name: names })])
    .transform((choice): { readonly name: Name; readonly [option: string]: unknown } => choice)
    .superRefine(({ name, ...options }, context) => {
      passOn(context, () => makers[name as Name](options));
    });
}
