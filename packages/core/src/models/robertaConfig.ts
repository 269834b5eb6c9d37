import type { BertConfig } from './bertConfig.ts';
import { bertLayerFields, checkHeads, checkPadToken } from './bertConfig.ts';
import { type ConfigReader, openConfig } from './configFile.ts';

/**
 * Shape of a RoBERTa or XLM-RoBERTa encoder: as BERT's, and the same names in config.json. Differences: positions
 * are counted from `pad_token_id` + 1 (default 1), so `maxPositions` is `max_position_embeddings` less that; the
 * vocabulary's default size is 50265 (RoBERTa) or 30522 (XLM-RoBERTa).
 */
export interface RobertaConfig extends BertConfig {
  /** Rows of the position table (`max_position_embeddings`, 512). */
  readonly positionRows: number;
  /** Its successor is the first position (`pad_token_id`, 1). */
  readonly padTokenId: number;
}

/** `model_type`s of this architecture. */
export const robertaTypes = ['roberta', 'xlm-roberta'] as const;

/** @throws ConfigError that names the file and every field that is wrong */
export function parseRobertaConfig(reader: ConfigReader): RobertaConfig {
  const modelType = reader.name('model_type', 'roberta', robertaTypes);
  reader.only('position_embedding_type', 'absolute');
  reader.only('is_decoder', false);
  const positionRows = reader.count('max_position_embeddings', 512);
  const padTokenId = reader.count('pad_token_id', 1, 0);
  const config: RobertaConfig = {
    modelType,
    json: reader.json,
    vocabSize: reader.count('vocab_size', modelType === 'roberta' ? 50265 : 30522),
    ...bertLayerFields(reader),
    layers: reader.count('num_hidden_layers', 12, 0),
    positionRows,
    maxPositions: positionRows - padTokenId - 1,
    segments: reader.count('type_vocab_size', 2),
    initializerRange: reader.number('initializer_range', 0.02, 0),
    padTokenId,
  };
  checkHeads(reader, config);
  checkPadToken(reader, config);
  if (config.maxPositions < 1) {
    reader.problem(
      'max_position_embeddings',
      `above pad_token_id + 1 (${padTokenId + 1})`,
      String(positionRows),
    );
  }
  reader.finish();
  return config;
}

/** Reads and checks a RoBERTa's `config.json`. */
export const readRobertaConfig = async (file: string): Promise<RobertaConfig> =>
  parseRobertaConfig(await openConfig(file));
