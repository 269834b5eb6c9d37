import { type ActivationName, activations } from '@ragwright/torch/nn';
import { checkHeads, checkPadToken } from './bertConfig.ts';
import { type ConfigReader, openConfig } from './configFile.ts';
import type { EncoderConfig } from './types.ts';

/** Shape of a DistilBERT encoder. Names in config.json, and the defaults (transformers' DistilBertConfig), in brackets. */
export interface DistilBertConfig extends EncoderConfig {
  /** Rows of the token embedding (`vocab_size`, 30522). */
  readonly vocabSize: number;
  /** Width of the hidden states (`dim`, 768). */
  readonly hiddenSize: number;
  /** Layers (`n_layers`, 6). */
  readonly layers: number;
  /** Attention heads (`n_heads`, 12); a divisor of `hiddenSize`. */
  readonly heads: number;
  /** Width of the feed-forward layer (`hidden_dim`, 3072). */
  readonly intermediateSize: number;
  /** `activation`, gelu. */
  readonly activation: ActivationName;
  /** Dropout after embeddings and the feed-forward network (`dropout`, 0.1). */
  readonly dropout: number;
  /** Dropout of attention weights (`attention_dropout`, 0.1). */
  readonly attentionDropout: number;
  /** Longest sequence (`max_position_embeddings`, 512). */
  readonly maxPositions: number;
  /** Standard deviation of new weights (`initializer_range`, 0.02). */
  readonly initializerRange: number;
  /** Token whose embedding is not trained (`pad_token_id`, 0), or null. */
  readonly padTokenId: number | null;
}

/** @throws ConfigError that names the file and every field that is wrong */
export function parseDistilBertConfig(reader: ConfigReader): DistilBertConfig {
  reader.only('model_type', 'distilbert');
  const config: DistilBertConfig = {
    modelType: 'distilbert',
    json: reader.json,
    vocabSize: reader.count('vocab_size', 30522),
    hiddenSize: reader.count('dim', 768),
    layers: reader.count('n_layers', 6, 0),
    heads: reader.count('n_heads', 12),
    intermediateSize: reader.count('hidden_dim', 3072),
    activation: reader.name('activation', 'gelu', Object.keys(activations) as ActivationName[]),
    dropout: reader.number('dropout', 0.1, 0, 1),
    attentionDropout: reader.number('attention_dropout', 0.1, 0, 1),
    maxPositions: reader.count('max_position_embeddings', 512),
    initializerRange: reader.number('initializer_range', 0.02, 0),
    padTokenId: reader.index('pad_token_id', 0),
  };
  checkHeads(reader, config, { size: 'dim', heads: 'n_heads' });
  checkPadToken(reader, config);
  reader.finish();
  return config;
}

/** Reads and checks a DistilBERT's `config.json`. */
export const readDistilBertConfig = async (file: string): Promise<DistilBertConfig> =>
  parseDistilBertConfig(await openConfig(file));
