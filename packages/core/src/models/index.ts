export { ConfigError, type ConfigProblem } from '../base/errors.ts';
export { Bert, type BertOptions, type BertOutput } from './bert.ts';
export { type BertConfig, readBertConfig } from './bertConfig.ts';
export { type LoadBertOptions, loadBert } from './loadBert.ts';
