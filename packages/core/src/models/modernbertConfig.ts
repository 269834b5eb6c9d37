import { type ActivationName, activations } from '@ragwright/torch/nn';
import { checkHeads, checkPadToken } from './bertConfig.ts';
import { type ConfigReader, openConfig } from './configFile.ts';
import type { EncoderConfig } from './types.ts';

/** Whether a layer's tokens see the whole sequence or a window around them. */
export type AttentionType = 'full_attention' | 'sliding_attention';

const attentionTypes: readonly AttentionType[] = ['full_attention', 'sliding_attention'];

/** Shape of a ModernBERT encoder. Names in config.json, and the defaults (transformers' ModernBertConfig), in brackets. */
export interface ModernBertConfig extends EncoderConfig {
  /** Rows of the token embedding (`vocab_size`, 50368). */
  readonly vocabSize: number;
  /** Width of the hidden states (`hidden_size`, 768). */
  readonly hiddenSize: number;
  /** Attention heads (`num_attention_heads`, 12); a divisor of `hiddenSize`. */
  readonly heads: number;
  /** Width of the gated feed-forward layer (`intermediate_size`, 1152). */
  readonly intermediateSize: number;
  /** `hidden_activation`, gelu. */
  readonly activation: ActivationName;
  /**
   * One per layer (`num_hidden_layers`, 22): `layer_types`, or, as older configs say it, full attention in every
   * `global_attn_every_n_layers`-th layer (3) from the first on.
   */
  readonly layerTypes: readonly AttentionType[];
  /** Tokens seen on each side in sliding attention: half of `local_attention` (128). */
  readonly window: number;
  /**
   * Base of the rotary angles by type of layer: `rope_parameters.<type>.rope_theta`, or, as older configs say it,
   * `global_rope_theta` (160,000) and `local_rope_theta` (10,000).
   */
  readonly ropeTheta: Readonly<Record<AttentionType, number>>;
  /** Dropout after the embeddings (`embedding_dropout`, 0). */
  readonly embeddingDropout: number;
  /** Dropout of attention weights and after attention (`attention_dropout`, 0). */
  readonly attentionDropout: number;
  /** Dropout within the feed-forward network (`mlp_dropout`, 0). */
  readonly mlpDropout: number;
  /** Whether the attention's linear layers have a bias (`attention_bias`, false). */
  readonly attentionBias: boolean;
  /** Whether the feed-forward layers have a bias (`mlp_bias`, false). */
  readonly mlpBias: boolean;
  /** Whether norms have a bias (`norm_bias`, false). */
  readonly normBias: boolean;
  /** `norm_eps`, 1e-5. */
  readonly normEps: number;
  /** New weights are cut at so many standard deviations (`initializer_cutoff_factor`, 2). */
  readonly initializerCutoff: number;
  /** Token whose embedding is not trained (`pad_token_id`, 50283), or null. */
  readonly padTokenId: number | null;
}

/** @throws ConfigError that names the file and every field that is wrong */
export function parseModernBertConfig(reader: ConfigReader): ModernBertConfig {
  reader.only('model_type', 'modernbert');
  const config: ModernBertConfig = {
    modelType: 'modernbert',
    json: reader.json,
    vocabSize: reader.count('vocab_size', 50368),
    hiddenSize: reader.count('hidden_size', 768),
    heads: reader.count('num_attention_heads', 12),
    intermediateSize: reader.count('intermediate_size', 1152),
    activation: reader.name('hidden_activation', 'gelu', Object.keys(activations) as ActivationName[]),
    layerTypes: layerTypes(reader),
    window: Math.floor(reader.count('local_attention', 128) / 2),
    ropeTheta: {
      full_attention: ropeTheta(reader, 'full_attention', 'global_rope_theta', 160_000),
      sliding_attention: ropeTheta(reader, 'sliding_attention', 'local_rope_theta', 10_000),
    },
    maxPositions: reader.count('max_position_embeddings', 8192),
    embeddingDropout: reader.number('embedding_dropout', 0, 0, 1),
    attentionDropout: reader.number('attention_dropout', 0, 0, 1),
    mlpDropout: reader.number('mlp_dropout', 0, 0, 1),
    attentionBias: reader.flag('attention_bias', false),
    mlpBias: reader.flag('mlp_bias', false),
    normBias: reader.flag('norm_bias', false),
    normEps: reader.number('norm_eps', 1e-5, 0),
    initializerRange: reader.number('initializer_range', 0.02, 0),
    initializerCutoff: reader.number('initializer_cutoff_factor', 2, 0),
    padTokenId: reader.index('pad_token_id', 50283),
  };
  checkHeads(reader, config);
  checkPadToken(reader, config);
  if ((config.hiddenSize / config.heads) % 2 === 1) {
    reader.problem(
      'num_attention_heads',
      'heads of even width (hidden_size / num_attention_heads)',
      String(config.heads),
    );
  }
  reader.finish();
  return config;
}

function layerTypes(reader: ConfigReader): readonly AttentionType[] {
  const layers = reader.count('num_hidden_layers', 22, 0);
  const period = reader.count('global_attn_every_n_layers', 3);
  const length = Number.isSafeInteger(layers) && layers >= 0 ? layers : 0;
  const listed = reader.names('layer_types', attentionTypes, length);
  return (
    listed ??
    Array.from(
      { length },
      (_, i): AttentionType => (i % period === 0 ? 'full_attention' : 'sliding_attention'),
    )
  );
}

/** Only plain rotary embeddings: a checkpoint with scaled ones is refused. */
function ropeTheta(reader: ConfigReader, type: AttentionType, older: string, fallback: number): number {
  reader.absent('rope_scaling');
  const before = reader.number(older, fallback, Number.MIN_VALUE);
  const parameters = reader.within('rope_parameters').within(type);
  parameters.only('rope_type', 'default');
  return parameters.number('rope_theta', before, Number.MIN_VALUE);
}

/** Reads and checks a ModernBERT's `config.json`. */
export const readModernBertConfig = async (file: string): Promise<ModernBertConfig> =>
  parseModernBertConfig(await openConfig(file));
