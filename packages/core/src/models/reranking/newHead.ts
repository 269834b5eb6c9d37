import { type ActivationName, activations, type ParameterOptions } from '@ragwright/torch/nn';
import { architectureOf } from '../architectures.ts';
import { ConfigReader } from '../configFile.ts';
import type { Encoder } from '../types.ts';
import {
  BertHead,
  DistilBertHead,
  type HeadSettings,
  ModernBertHead,
  RobertaHead,
  type SequenceClassificationHead,
} from './heads.ts';

/** Makes the head that belongs to an architecture, after what config.json says of it. */
type HeadMaker = (
  reader: ConfigReader,
  settings: Omit<HeadSettings, 'dropout'>,
) => (options: ParameterOptions) => SequenceClassificationHead;

/** `classifier_dropout`, or the encoder's own where it is absent or null. */
const classifierDropout = (reader: ConfigReader): number => {
  const own = reader.number('hidden_dropout_prob', 0.1, 0, 1);
  return (reader.json['classifier_dropout'] ?? null) === null
    ? own
    : reader.number('classifier_dropout', own, 0, 1);
};

const roberta: HeadMaker = (reader, settings) => {
  const dropout = classifierDropout(reader);
  return (options) => new RobertaHead({ ...settings, dropout }, options);
};

const makers: Readonly<Record<string, HeadMaker>> = {
  bert: (reader, settings) => {
    const dropout = classifierDropout(reader);
    return (options) => new BertHead({ ...settings, dropout }, options);
  },
  roberta,
  'xlm-roberta': roberta,
  mpnet: (reader, settings) => {
    const dropout = reader.number('hidden_dropout_prob', 0.1, 0, 1);
    return (options) => new RobertaHead({ ...settings, dropout }, options);
  },
  distilbert: (reader, settings) => {
    const dropout = reader.number('seq_classif_dropout', 0.2, 0, 1);
    return (options) => new DistilBertHead({ ...settings, dropout }, options);
  },
  modernbert: (reader, settings) => {
    const names = Object.keys(activations) as ActivationName[];
    const all = {
      ...settings,
      dropout: reader.number('classifier_dropout', 0, 0, 1),
      pooling: reader.name('classifier_pooling', 'cls', ['cls', 'mean'] as const),
      activation: reader.name('classifier_activation', 'gelu', names),
      bias: reader.flag('classifier_bias', false),
      normBias: reader.flag('norm_bias', false),
      normEps: reader.number('norm_eps', 1e-5, 0),
      layers: reader.count('num_hidden_layers', 22, 0),
      cutoff: reader.number('initializer_cutoff_factor', 2, 0),
    };
    return (options) => new ModernBertHead(all, options);
  },
};

/** How checkpoints name a head's weights, and how the head is made. */
export interface HeadPlan {
  /** transformers' class of encoder and head. */
  readonly className: string;
  /** What stands before the encoder's names: `bert.` */
  readonly prefix: string;
  make(options?: ParameterOptions): SequenceClassificationHead;
}

/**
 * Plans the head of transformers' …ForSequenceClassification for an encoder.
 *
 * @throws ConfigError for a config.json whose fields about the head are wrong
 */
export function planHead({ config }: Encoder, labels: number): HeadPlan {
  const reader = new ConfigReader('config.json', { ...config.json, model_type: config.modelType });
  const { className, prefix } = architectureOf(reader);
  const { hiddenSize, initializerRange: std } = config;
  const make = (makers[config.modelType] as HeadMaker)(reader, { hiddenSize, labels, std });
  reader.finish();
  return {
    className: className.replace(/Model$/, 'ForSequenceClassification'),
    prefix,
    make: (options = {}) => make(options),
  };
}

/** A head's own name → the checkpoint's: `pooler.dense.weight` → `bert.pooler.dense.weight`. */
export const checkpointName = (name: string, prefix: string): string =>
  name.startsWith('pooler.') ? prefix + name : name;

/** The checkpoint's name → the head's own; undefined for what belongs to the encoder. */
export function headNames(prefix: string, hasPooler: boolean): (name: string) => string | undefined {
  const pooler = `${prefix}pooler.`;
  return (name) => {
    if (hasPooler && name.startsWith(pooler)) return name.slice(prefix.length);
    return name.startsWith(prefix) ? undefined : name;
  };
}
