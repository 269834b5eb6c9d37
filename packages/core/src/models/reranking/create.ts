import type { Linear } from '@ragwright/torch/nn';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import type { Tokenizer } from '../../text/types.ts';
import type { Encoder } from '../types.ts';
import { CrossEncoder } from './crossEncoder.ts';
import { BertHead, type SequenceClassificationHead } from './heads.ts';
import { defaultActivation } from './layout.ts';
import { planHead } from './newHead.ts';
import type { CrossEncoderSettings } from './types.ts';

export interface CrossEncoderOptions extends Partial<CrossEncoderSettings> {
  /** Of the encoder's model: its tokenizer files are copied when the cross-encoder is saved. */
  readonly folder?: string;
}

/** What may be given in place of a folder's, or the defaults'. */
export const givenSchema = z.strictObject({
  maxSeqLength: z.number().int().positive().optional(),
  labels: z.number().int().positive().optional(),
  activation: z.enum(['sigmoid', 'identity']).optional(),
});

/**
 * A cross-encoder with a new head, drawn from `manualSeed`, on an encoder, such as that of an embedding model. The
 * encoder is the cross-encoder's from now on: it is disposed with it, and its pooler, if it has one, goes into the head
 * of a BERT (as in transformers) and is dropped elsewhere.
 *
 * @param options.labels default 1
 * @param options.activation default: sigmoid for one label, identity for several, as sentence-transformers
 * @param options.maxSeqLength default: what tokenizer and encoder allow
 * @throws ConfigError for options, or fields of the encoder's config about the head, that are wrong
 */
export function crossEncoderFrom(
  encoder: Encoder,
  tokenizer: Tokenizer,
  options: CrossEncoderOptions = {},
): CrossEncoder {
  const { folder, ...given } = options;
  const settings = settingsFor(encoder, tokenizer, parseSettings(givenSchema, given, 'crossEncoderFrom'));
  const head = newHead(encoder, settings.labels);
  return new CrossEncoder({ encoder, head, tokenizer, settings, folder, hasNewHead: true }).train(
    encoder.training,
  );
}

/** A new head where the encoder's weights are; the encoder's pooler goes into it, or is dropped. */
export function newHead(encoder: Encoder, labels: number): SequenceClassificationHead {
  const weight = encoder.parameters()[0];
  const head = planHead(encoder, labels).make(weight ? { dtype: weight.dtype, device: weight.device } : {});
  const pooler = takePooler(encoder);
  if (pooler && head instanceof BertHead) head.pooler.dense.loadStateDict(pooler.dense.stateDict());
  pooler?.dense.dispose();
  return head;
}

/** Settings with their defaults; never longer than the encoder's positions. */
export function settingsFor(
  encoder: Encoder,
  tokenizer: Tokenizer,
  given: { [K in keyof CrossEncoderSettings]?: CrossEncoderSettings[K] | undefined },
): CrossEncoderSettings {
  const { labels = 1, activation = defaultActivation(labels) } = given;
  const longest = given.maxSeqLength ?? tokenizer.modelMaxLength ?? Number.POSITIVE_INFINITY;
  return { maxSeqLength: Math.min(longest, encoder.config.maxPositions), labels, activation };
}

/** Takes the pooler out of an encoder that has one: it gives hidden states alone from now on. */
export function takePooler(encoder: Encoder): { readonly dense: Linear } | undefined {
  const holder: { pooler?: { readonly dense: Linear } } = encoder as object;
  const { pooler } = holder;
  delete holder.pooler;
  return pooler;
}
