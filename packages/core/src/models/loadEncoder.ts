import { join } from 'node:path';
import type { DType } from '@ragwright/torch';
import { checkParameterOptions } from '@ragwright/torch/nn';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { type Architecture, architectureOf } from './architectures.ts';
import { ConfigReader, openConfig } from './configFile.ts';
import type { Encoder } from './types.ts';
import { encoderNames } from './weightNames.ts';

export interface EncoderOptions {
  /** Type of the parameters; default float32, whatever the file has. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
}

/**
 * Loads an encoder from a Hugging Face folder: `config.json`, whose `model_type` says which architecture it is, and
 * `model.safetensors` or its shards. In evaluation mode, as transformers' `from_pretrained`; call `train()` to train
 * it. Heads of task models are passed over.
 *
 * @throws ConfigError for a bad config.json, or a `model_type` that is not supported; SafetensorsError for a bad
 *   weights file; StateDictError if the weights do not fit the config; ArgumentError for bad options
 */
export async function loadEncoder(folder: string, options: EncoderOptions = {}): Promise<Encoder> {
  checkParameterOptions('loadEncoder', options, [], ['dtype', 'device']);
  const reader = await openConfig(join(folder, 'config.json'));
  const architecture = architectureOf(reader);
  return loadWeights(folder, architecture, architecture.open(reader), options);
}

/** Makes the encoder and fills it from the folder's weights; evaluation mode. */
export function loadWeights<E extends Encoder>(
  folder: string,
  { prefix, pooler }: Pick<Architecture, 'prefix' | 'pooler'>,
  make: (options: EncoderOptions & { uninitialized: true; pooler?: boolean }) => E,
  options: EncoderOptions,
): E {
  using weights = openShardedSafetensors(folder);
  const rename = encoderNames(weights.names, prefix);
  const hasPooler = weights.names.some((name) => rename(name) === 'pooler.dense.weight');
  const model = make({ ...options, uninitialized: true, ...(pooler && { pooler: hasPooler }) });
  try {
    model.loadFrom(weights, { rename });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model.eval();
}

/**
 * A new encoder with random weights, to be trained from scratch; in training mode. Draw its seed with `manualSeed`.
 *
 * @param config what config.json would hold, under its names: `{ model_type: 'bert', hidden_size: 128, … }`; what is
 *   missing has transformers' defaults
 * @throws ConfigError that lists every field that is wrong; ArgumentError for bad options
 */
export function newEncoder(config: Readonly<Record<string, unknown>>, options: EncoderOptions = {}): Encoder {
  checkParameterOptions('newEncoder', options, [], ['dtype', 'device']);
  const reader = new ConfigReader('newEncoder', config);
  return architectureOf(reader).open(reader)(options);
}
