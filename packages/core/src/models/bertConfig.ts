import { type ActivationName, activations } from '@ragwright/torch/nn';
import { type ConfigReader, openConfig } from './configFile.ts';
import type { BertLayerConfig, EncoderConfig } from './types.ts';

/** Shape of a BERT encoder. Names in config.json, and the defaults (transformers' BertConfig), in brackets. */
export interface BertConfig extends EncoderConfig, BertLayerConfig {
  /** Rows of the token embedding (`vocab_size`, 30522). */
  readonly vocabSize: number;
  /** Width of the hidden states (`hidden_size`, 768). */
  readonly hiddenSize: number;
  /** Layers (`num_hidden_layers`, 12). */
  readonly layers: number;
  /** Attention heads (`num_attention_heads`, 12); a divisor of `hiddenSize`. */
  readonly heads: number;
  /** Width of the feed-forward layer (`intermediate_size`, 3072). */
  readonly intermediateSize: number;
  /** `hidden_act`, gelu. */
  readonly activation: ActivationName;
  /** Dropout after embeddings and dense layers (`hidden_dropout_prob`, 0.1). */
  readonly hiddenDropout: number;
  /** Dropout of attention weights (`attention_probs_dropout_prob`, 0.1). */
  readonly attentionDropout: number;
  /** Longest sequence (`max_position_embeddings`, 512). */
  readonly maxPositions: number;
  /** Segments (`type_vocab_size`, 2). */
  readonly segments: number;
  /** `layer_norm_eps`, 1e-12. */
  readonly layerNormEps: number;
  /** Standard deviation of new weights (`initializer_range`, 0.02). */
  readonly initializerRange: number;
  /** Token whose embedding is not trained (`pad_token_id`, 0), or null. */
  readonly padTokenId: number | null;
}

/** @throws ConfigError that names the file and every field that is wrong */
export function parseBertConfig(reader: ConfigReader): BertConfig {
  reader.only('model_type', 'bert');
  reader.only('position_embedding_type', 'absolute');
  reader.only('is_decoder', false);
  const config: BertConfig = {
    modelType: 'bert',
    json: reader.json,
    vocabSize: reader.count('vocab_size', 30522),
    ...bertLayerFields(reader),
    layers: reader.count('num_hidden_layers', 12, 0),
    maxPositions: reader.count('max_position_embeddings', 512),
    segments: reader.count('type_vocab_size', 2),
    initializerRange: reader.number('initializer_range', 0.02, 0),
    padTokenId: reader.index('pad_token_id', 0),
  };
  checkHeads(reader, config);
  checkPadToken(reader, config);
  reader.finish();
  return config;
}

/** What BERT, RoBERTa and MPNet call alike, with the same defaults. */
export const bertLayerFields = (reader: ConfigReader): BertLayerConfig => ({
  hiddenSize: reader.count('hidden_size', 768),
  heads: reader.count('num_attention_heads', 12),
  intermediateSize: reader.count('intermediate_size', 3072),
  activation: reader.name('hidden_act', 'gelu', Object.keys(activations) as ActivationName[]),
  hiddenDropout: reader.number('hidden_dropout_prob', 0.1, 0, 1),
  attentionDropout: reader.number('attention_probs_dropout_prob', 0.1, 0, 1),
  layerNormEps: reader.number('layer_norm_eps', 1e-12, 0),
});

/** Adds a problem unless the heads share the hidden size evenly. */
export function checkHeads(
  reader: ConfigReader,
  config: { readonly hiddenSize: number; readonly heads: number },
  names: { readonly size: string; readonly heads: string } = {
    size: 'hidden_size',
    heads: 'num_attention_heads',
  },
): void {
  const { hiddenSize, heads } = config;
  if (hiddenSize % heads === 0) return;
  reader.problem(names.size, `a multiple of ${names.heads} (${heads})`, String(hiddenSize));
}

/** Adds a problem if the padding token is outside the vocabulary. */
export function checkPadToken(
  reader: ConfigReader,
  { padTokenId, vocabSize }: { readonly padTokenId: number | null; readonly vocabSize: number },
): void {
  if (padTokenId === null || padTokenId < vocabSize) return;
  reader.problem('pad_token_id', `below vocab_size (${vocabSize})`, String(padTokenId));
}

/** Reads and checks a BERT's `config.json`. */
export const readBertConfig = async (file: string): Promise<BertConfig> =>
  parseBertConfig(await openConfig(file));
