import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { parseSettings } from '../../base/settings.ts';

/* The JSON files of sentence-transformers' layout, old and new. Keys that we don't know are passed over. */

export const modulesSchema = z
  .array(z.object({ idx: z.number().default(0), path: z.string().default(''), type: z.string() }))
  .min(1);

/** sentence_bert_config.json */
export const transformerSchema = z.object({
  max_seq_length: z.number().int().positive().nullish(),
  do_lower_case: z.boolean().nullish(),
});

const modes = z.enum(['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken']);

/** 1_Pooling/config.json: `pooling_mode` of the new layout, or the flags of the old one. */
export const poolingSchema = z.object({
  pooling_mode: z.union([modes, z.array(modes).min(1)]).optional(),
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_max_tokens: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
  pooling_mode_mean_sqrt_len_tokens: z.boolean().default(false),
  pooling_mode_weightedmean_tokens: z.boolean().default(false),
  pooling_mode_lasttoken: z.boolean().default(false),
  include_prompt: z.boolean().default(true),
});

/** N_Dense/config.json */
export const denseSchema = (input: 'sentence_embedding' | 'token_embeddings') =>
  z.object({
    in_features: z.number().int().positive(),
    out_features: z.number().int().positive(),
    bias: z.boolean().default(true),
    activation_function: z.string().default('torch.nn.modules.activation.Tanh'),
    module_input_name: z.literal(input).default(input),
    module_output_name: z.literal(input).nullish(),
    use_residual: z.literal(false).default(false),
  });

/** N_Normalize/config.json; older layouts have none. */
export const normalizeSchema = z.object({
  module_input_name: z.literal('sentence_embedding').default('sentence_embedding'),
});

/** config_sentence_transformers.json */
export const modelSchema = (modelType: string) =>
  z.object({
    model_type: z.literal(modelType).default(modelType),
    prompts: z.record(z.string(), z.string().nullable()).default({}),
    default_prompt_name: z.string().nullish(),
    similarity_fn_name: z.string().nullish(),
    truncate_dim: z.number().int().positive().nullish(),
  });

/** Undefined if the file is missing. Throws ConfigError for one that can't be read or does not fit. */
export async function readLayoutFile<S extends z.ZodType>(
  file: string,
  schema: S,
): Promise<z.output<S> | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const got = (cause as Error).message;
    throw new ConfigError(file, [{ field: '', expected: 'a readable file', got }], { cause });
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new ConfigError(file, [{ field: '', expected: 'JSON', got: (cause as Error).message }], { cause });
  }
  return parseSettings(schema, json, file);
}
