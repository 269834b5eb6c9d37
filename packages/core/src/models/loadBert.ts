import { join } from 'node:path';
import { checkParameterOptions } from '@ragwright/torch/nn';
import { Bert } from './bert.ts';
import { readBertConfig } from './bertConfig.ts';
import { type EncoderOptions, loadWeights } from './loadEncoder.ts';

export type LoadBertOptions = EncoderOptions;

/**
 * As `loadEncoder`, for a folder that must hold a BERT.
 *
 * @throws ArgumentError for options that it does not have, or a dtype that is not floating-point; ConfigError for a
 *   bad config.json, SafetensorsError for a bad weights file, StateDictError if the weights do not fit the config
 */
export async function loadBert(folder: string, options: LoadBertOptions = {}): Promise<Bert> {
  checkParameterOptions('loadBert', options, [], ['dtype', 'device']);
  const config = await readBertConfig(join(folder, 'config.json'));
  const make = (made: ConstructorParameters<typeof Bert>[1]) => new Bert(config, made);
  return loadWeights(folder, { prefix: 'bert.', pooler: true }, make, options);
}
