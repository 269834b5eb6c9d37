import type { Json } from './configNode.ts';

/** What makes a tokenizer: the parts of tokenizer.json that matter, and settings from the files beside it. Plain JSON. */
export interface TokenizerDefinition {
  /** For error messages. */
  readonly file: string;
  readonly model: unknown;
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly post_processor: unknown;
  readonly decoder: unknown;
  readonly added_tokens: unknown;
  /** Lower-case before everything else (`do_lower_case` of sentence_bert_config.json). */
  readonly lowercase: boolean;
  /** Which end is cut when a text is too long (`truncation_side`). */
  readonly truncationSide: 'left' | 'right';
  /** Whether the model has segments, so that pairs get them. */
  readonly segments: boolean;
  readonly modelMaxLength?: number;
}

const parts = ['model', 'normalizer', 'pre_tokenizer', 'post_processor', 'decoder', 'added_tokens'] as const;

/** Settings that come from elsewhere than tokenizer.json. */
export type TokenizerSettings = Omit<TokenizerDefinition, (typeof parts)[number] | 'file'>;

/** Takes what matters from a parsed tokenizer.json: its truncation and padding do not. */
export function definitionOf(file: string, json: Json, settings: TokenizerSettings): TokenizerDefinition {
  const picked = Object.fromEntries(parts.map((part) => [part, json[part] ?? null]));
  return { file, ...(picked as Pick<TokenizerDefinition, (typeof parts)[number]>), ...settings };
}
