import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import type { DenseSettings } from '../embedding/index.ts';
import { readDense, readModel, readTransformer } from '../embedding/layout.ts';
import { modelSchema, modulesSchema, readLayoutFile } from '../embedding/layoutFiles.ts';
import { type MultiVectorSettings, multiVectorSimilarities } from './types.ts';

/** What sentence_bert_config.json says more than that of other models. */
const transformerSchema = z.object({
  query_length: z.number().int().positive().nullish(),
  document_length: z.number().int().positive().nullish(),
  query_expansion: z
    .object({
      strategy: z.enum(['fixed', 'min']),
      attend: z.boolean().default(false),
      token: z.string().nullish(),
      length: z.number().int().positive(),
    })
    .nullish(),
});

/** N_MultiVectorMask/config.json */
const maskSchema = z.object({
  skiplist_words: z.array(z.string()).default([]),
  skiplist_tasks: z.array(z.enum(['query', 'document'])).default(['document']),
  keep_only_token_ids: z.null().optional(),
});

/** N_Normalize/config.json */
const normalizeSchema = z.object({ module_input_name: z.literal('token_embeddings') });

export interface MultiVectorLayout extends Omit<MultiVectorSettings, 'queryLength' | 'documentLength'> {
  readonly encoderFolder: string;
  readonly dense: readonly { readonly settings: DenseSettings; readonly folder: string }[];
  readonly maxSeqLength: number | undefined;
  readonly queryLength: number | undefined;
  readonly documentLength: number | undefined;
}

/**
 * What a MultiVectorEncoder folder of sentence-transformers says.
 *
 * @throws ConfigError for files that can't be read, modules that we don't have, and vectors that are not normalised
 */
export async function readMultiVectorLayout(folder: string): Promise<MultiVectorLayout> {
  const modulesFile = join(folder, 'modules.json');
  const modules = (await readLayoutFile(modulesFile, modulesSchema))?.sort((a, b) => a.idx - b.idx) ?? [];
  const [first, ...rest] = modules.map(({ type, path }) => ({
    kind: type.split('.').at(-1) ?? '',
    folder: join(folder, path),
  }));
  const kinds = modules.map(({ type }) => type.split('.').at(-1));
  const shape = /^Transformer( Dense)*( MultiVectorMask Normalize| Normalize MultiVectorMask| Normalize)$/;
  if (!first || !shape.test(kinds.join(' '))) {
    const expected = 'a Transformer, Dense layers, a MultiVectorMask and a Normalize';
    const got = kinds.join(', ') || 'no modules.json';
    throw new ConfigError(modulesFile, [{ field: '', expected, got }]);
  }
  const of = (kind: string) => rest.filter((module) => module.kind === kind);
  for (const { folder: place } of of('Normalize'))
    await required(join(place, 'config.json'), normalizeSchema);
  const [maskModule] = of('MultiVectorMask');
  const mask = (maskModule && (await readLayoutFile(join(maskModule.folder, 'config.json'), maskSchema))) ?? {
    skiplist_words: [],
    skiplist_tasks: ['document' as const],
  };
  const dense: MultiVectorLayout['dense'][number][] = [];
  for (const { folder: place } of of('Dense'))
    dense.push({ settings: await readDense(place, 'token_embeddings'), folder: place });
  const { prompts, defaultPromptName } = await readModel(folder, 'MultiVectorEncoder');
  return {
    ...(await readTransformer(first.folder)),
    ...(await readLengths(first.folder)),
    dense,
    skiplist: mask.skiplist_words,
    skiplistRoles: mask.skiplist_tasks,
    prompts,
    defaultPromptName,
    similarity: await readSimilarity(folder),
  };
}

async function required<S extends z.ZodType>(file: string, schema: S): Promise<void> {
  if ((await readLayoutFile(file, schema)) !== undefined) return;
  throw new ConfigError(file, [{ field: '', expected: 'what is normalised', got: 'no file' }]);
}

type Lengths = Pick<MultiVectorLayout, 'queryLength' | 'documentLength' | 'queryExpansion'>;

async function readLengths(folder: string): Promise<Lengths> {
  const config = (await readLayoutFile(join(folder, 'sentence_bert_config.json'), transformerSchema)) ?? {};
  const expansion = config.query_expansion;
  return {
    queryLength: config.query_length ?? undefined,
    documentLength: config.document_length ?? undefined,
    queryExpansion: expansion ? { ...expansion, token: expansion.token ?? null } : null,
  };
}

async function readSimilarity(folder: string): Promise<MultiVectorSettings['similarity']> {
  const file = join(folder, 'config_sentence_transformers.json');
  const config = await readLayoutFile(file, modelSchema('MultiVectorEncoder'));
  return multiVectorSimilarities.find((name) => name === config?.similarity_fn_name) ?? 'maxsim';
}
