export { ConfigError, type ConfigProblem } from '../base/errors.ts';
export { encoderTypes } from './architectures.ts';
export { Bert, type BertOptions, type BertOutput } from './bert.ts';
export { type BertConfig, readBertConfig } from './bertConfig.ts';
export { DistilBert } from './distilbert.ts';
export { type DistilBertConfig, readDistilBertConfig } from './distilbertConfig.ts';
export { type LoadBertOptions, loadBert } from './loadBert.ts';
export { type EncoderOptions, loadEncoder, newEncoder } from './loadEncoder.ts';
export { ModernBert } from './modernbert.ts';
export { type AttentionType, type ModernBertConfig, readModernBertConfig } from './modernbertConfig.ts';
export { Mpnet } from './mpnet.ts';
export { type MpnetConfig, readMpnetConfig } from './mpnetConfig.ts';
export {
  addLora,
  type FreezeOptions,
  freeze,
  Lora,
  LoraLinear,
  type LoraOptions,
  type LoraSettings,
  type LoraTargets,
  loadAdapter,
  type SaveAdapterOptions,
  saveAdapter,
} from './peft/index.ts';
export { Roberta } from './roberta.ts';
export { type RobertaConfig, readRobertaConfig } from './robertaConfig.ts';
export { EncoderStateError, encoderConfigJson, encoderWeights, saveEncoder } from './saveEncoder.ts';
export type { BertLayerConfig, Encoder, EncoderConfig } from './types.ts';
