import { bertLayerFields, checkHeads, checkPadToken } from './bertConfig.ts';
import { type ConfigReader, openConfig } from './configFile.ts';
import type { BertLayerConfig, EncoderConfig } from './types.ts';

/**
 * Row of the position table, and of the token table, that stands for padding. Not in the config: transformers has it
 * fixed. Positions are counted from the row after it.
 */
export const PADDING_ROW = 1;

/** Buckets of relative positions that transformers uses, whatever `relative_attention_num_buckets` says. */
export const BUCKETS = 32;

/** Shape of an MPNet encoder. As BERT's, where not said otherwise; defaults are transformers' MPNetConfig. */
export interface MpnetConfig extends EncoderConfig, BertLayerConfig {
  /** Layers (`num_hidden_layers`, 12). */
  readonly layers: number;
  /** Rows of the position table (`max_position_embeddings`, 512). */
  readonly positionRows: number;
  /** Rows of the table of relative position biases (`relative_attention_num_buckets`, 32). */
  readonly buckets: number;
  /** `pad_token_id`, 1. */
  readonly padTokenId: number | null;
}

/** @throws ConfigError that names the file and every field that is wrong */
export function parseMpnetConfig(reader: ConfigReader): MpnetConfig {
  reader.only('model_type', 'mpnet');
  const positionRows = reader.count('max_position_embeddings', 512, PADDING_ROW + 2);
  const config: MpnetConfig = {
    modelType: 'mpnet',
    json: reader.json,
    vocabSize: reader.count('vocab_size', 30527, PADDING_ROW + 1),
    ...bertLayerFields(reader),
    layers: reader.count('num_hidden_layers', 12, 0),
    positionRows,
    maxPositions: positionRows - PADDING_ROW - 1,
    buckets: reader.count('relative_attention_num_buckets', BUCKETS, BUCKETS),
    initializerRange: reader.number('initializer_range', 0.02, 0),
    padTokenId: reader.index('pad_token_id', 1),
  };
  checkHeads(reader, config);
  checkPadToken(reader, config);
  reader.finish();
  return config;
}

/** Reads and checks an MPNet's `config.json`. */
export const readMpnetConfig = async (file: string): Promise<MpnetConfig> =>
  parseMpnetConfig(await openConfig(file));
