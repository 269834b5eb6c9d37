import { join } from 'node:path';
import type { DType } from '@ragwright/torch';
import { checkParameterOptions } from '@ragwright/torch/nn';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { Bert } from './bert.ts';
import { readBertConfig } from './bertConfig.ts';

export interface LoadBertOptions {
  /** Type of the parameters; default float32, whatever the file has. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
}

/** Heads of task models, and a buffer of older checkpoints: not part of the encoder. */
const notInEncoder = /^(cls|classifier|qa_outputs|lm_head)\.|^embeddings\.position_ids$/;

/** The encoder's name for a weight: without the task models' `bert.`, and with LayerNorm's TensorFlow names translated. */
function encoderName(name: string): string | undefined {
  const bare = name.startsWith('bert.') ? name.slice('bert.'.length) : name;
  if (notInEncoder.test(bare)) return undefined;
  return bare.replace(/\.gamma$/, '.weight').replace(/\.beta$/, '.bias');
}

/**
 * Loads a BERT encoder from a Hugging Face folder: `config.json` and `model.safetensors`, or its shards. In
 * evaluation mode, as transformers' `from_pretrained`; call `train()` to train it.
 *
 * @throws ArgumentError for options that it does not have, or a dtype that is not floating-point; ConfigError for a bad config.json, SafetensorsError for a bad weights file, StateDictError if the
 *   weights do not fit the config
 */
export async function loadBert(folder: string, options: LoadBertOptions = {}): Promise<Bert> {
  checkParameterOptions('loadBert', options, [], ['dtype', 'device']);
  const config = await readBertConfig(join(folder, 'config.json'));
  using weights = openShardedSafetensors(folder);
  const pooler = weights.names.some((name) => encoderName(name) === 'pooler.dense.weight');
  const model = new Bert(config, { ...options, pooler, uninitialized: true });
  try {
    model.loadFrom(weights, { rename: encoderName });
  } catch (error) {
    model.dispose();
    throw error;
  }
  return model.eval();
}
