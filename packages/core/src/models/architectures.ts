import type { ParameterOptions } from '@ragwright/torch/nn';
import { ConfigError } from '../base/errors.ts';
import { Bert, type BertOptions } from './bert.ts';
import { parseBertConfig } from './bertConfig.ts';
import type { ConfigReader } from './configFile.ts';
import { DistilBert } from './distilbert.ts';
import { parseDistilBertConfig } from './distilbertConfig.ts';
import { ModernBert } from './modernbert.ts';
import { parseModernBertConfig } from './modernbertConfig.ts';
import { Mpnet } from './mpnet.ts';
import { parseMpnetConfig } from './mpnetConfig.ts';
import { Roberta } from './roberta.ts';
import { parseRobertaConfig } from './robertaConfig.ts';
import type { Encoder } from './types.ts';

/** How files name one architecture, and how its encoder is made. */
export interface Architecture {
  /** transformers' class of the bare encoder. */
  readonly className: string;
  /** What task models put before the encoder's names. */
  readonly prefix: string;
  /** Whether checkpoints may hold a pooler. */
  readonly pooler: boolean;
  /** Checks config.json, then makes the encoder. */
  open(reader: ConfigReader): (options: BertOptions) => Encoder;
}

const architectures: Readonly<Record<string, Architecture>> = {
  bert: {
    className: 'BertModel',
    prefix: 'bert.',
    pooler: true,
    open: (reader) => maker(Bert, parseBertConfig(reader)),
  },
  roberta: {
    className: 'RobertaModel',
    prefix: 'roberta.',
    pooler: true,
    open: (reader) => maker(Roberta, parseRobertaConfig(reader)),
  },
  'xlm-roberta': {
    className: 'XLMRobertaModel',
    prefix: 'roberta.',
    pooler: true,
    open: (reader) => maker(Roberta, parseRobertaConfig(reader)),
  },
  mpnet: {
    className: 'MPNetModel',
    prefix: 'mpnet.',
    pooler: true,
    open: (reader) => maker(Mpnet, parseMpnetConfig(reader)),
  },
  distilbert: {
    className: 'DistilBertModel',
    prefix: 'distilbert.',
    pooler: false,
    open: (reader) => maker(DistilBert, parseDistilBertConfig(reader)),
  },
  modernbert: {
    className: 'ModernBertModel',
    prefix: 'model.',
    pooler: false,
    open: (reader) => maker(ModernBert, parseModernBertConfig(reader)),
  },
};

const maker =
  <C, O extends ParameterOptions>(Type: new (config: C, options: O) => Encoder, config: C) =>
  (options: O): Encoder =>
    new Type(config, options);

/** `model_type`s that {@link architectureOf} knows. */
export const encoderTypes: readonly string[] = Object.keys(architectures);

/**
 * The architecture that a config.json names.
 *
 * @throws ConfigError that lists the supported ones if it names another, or none
 */
export function architectureOf(reader: ConfigReader): Architecture {
  const type = reader.json['model_type'];
  if (typeof type === 'string' && Object.hasOwn(architectures, type))
    return architectures[type] as Architecture;
  const expected = `an encoder: one of ${encoderTypes.join(', ')}`;
  const got = type === undefined ? 'nothing' : JSON.stringify(type);
  throw new ConfigError(reader.file, [{ field: 'model_type', expected, got }]);
}
