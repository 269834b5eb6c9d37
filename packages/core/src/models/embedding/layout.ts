import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../../base/errors.ts';
import { activationClasses, activationOfClass } from './activationNames.ts';
import type { DenseSettings } from './heads.ts';
import {
  denseSchema,
  modelSchema,
  modulesSchema,
  normalizeSchema,
  poolingSchema,
  readLayoutFile,
  transformerSchema,
} from './layoutFiles.ts';
import { type PoolingMode, type PoolingSettings, type Similarity, similarities } from './types.ts';

/** A head as the folder describes it; a dense one with the folder of its weights. */
export type HeadLayout = { readonly dense: DenseSettings; readonly folder: string } | 'normalize';

/** What a sentence-transformers folder says, old layout or new, or a plain encoder folder. */
export interface EmbeddingLayout {
  readonly encoderFolder: string;
  readonly pooling: PoolingSettings;
  readonly heads: readonly HeadLayout[];
  readonly maxSeqLength: number | undefined;
  readonly lowercase: boolean;
  readonly prompts: Readonly<Record<string, string>>;
  readonly defaultPromptName: string | null;
  readonly similarity: Similarity;
  readonly truncateDimensions: number | null;
  readonly notices: readonly string[];
}

const transformerConfigs = ['bert', 'roberta', 'distilbert', 'camembert', 'xlm-roberta'].map(
  (name) => `sentence_${name}_config.json`,
);

/**
 * Reads the layout of an embedding model's folder; a folder without modules.json is a plain encoder, which is pooled
 * by the mean, with a notice, as sentence-transformers does.
 *
 * @throws ConfigError for files that can't be read, and modules that we don't have
 */
export async function readEmbeddingLayout(folder: string): Promise<EmbeddingLayout> {
  const modulesFile = join(folder, 'modules.json');
  const modules = (await readLayoutFile(modulesFile, modulesSchema))?.sort((a, b) => a.idx - b.idx);
  const model = await readModel(folder);
  if (!modules) {
    const notice = `${folder} has no modules.json: it is taken as a plain encoder, with mean pooling`;
    const pooling: PoolingSettings = { modes: ['mean'], includePrompt: true };
    return { ...model, ...(await readTransformer(folder)), pooling, heads: [], notices: [notice] };
  }
  const [transformer, pooling, ...rest] = modules.map(({ type, path }, i) => ({
    kind: type.split('.').at(-1) ?? '',
    folder: join(folder, path),
    field: `${i}.type`,
  }));
  if (transformer?.kind !== 'Transformer' || pooling?.kind !== 'Pooling') {
    const got = modules.map(({ type }) => type).join(', ');
    throw new ConfigError(modulesFile, [{ field: '', expected: 'a Transformer, then a Pooling', got }]);
  }
  const heads: HeadLayout[] = [];
  for (const { kind, folder: place, field } of rest) {
    if (kind === 'Dense') heads.push({ dense: await readDense(place), folder: place });
    else if (kind === 'Normalize') {
      await readLayoutFile(join(place, 'config.json'), normalizeSchema);
      heads.push('normalize');
    } else throw new ConfigError(modulesFile, [{ field, expected: 'Dense or Normalize', got: kind }]);
  }
  return {
    ...model,
    ...(await readTransformer(transformer.folder)),
    pooling: await readPooling(pooling.folder),
    heads,
    notices: [],
  };
}

type TransformerLayout = Pick<EmbeddingLayout, 'encoderFolder' | 'maxSeqLength' | 'lowercase'>;

/** What sentence_bert_config.json, or the file of an older name, says. */
export async function readTransformer(folder: string): Promise<TransformerLayout> {
  const name = transformerConfigs.find((each) => existsSync(join(folder, each)));
  const config = name ? await readLayoutFile(join(folder, name), transformerSchema) : undefined;
  return {
    encoderFolder: folder,
    maxSeqLength: config?.max_seq_length ?? undefined,
    lowercase: config?.do_lower_case ?? false,
  };
}

async function readPooling(folder: string): Promise<PoolingSettings> {
  const file = join(folder, 'config.json');
  const config = await readLayoutFile(file, poolingSchema);
  if (!config)
    throw new ConfigError(file, [{ field: '', expected: 'how tokens are pooled', got: 'no file' }]);
  const { pooling_mode: mode, include_prompt: includePrompt } = config;
  if (mode !== undefined) return { modes: [mode].flat(), includePrompt };
  // in the order in which sentence-transformers puts them together
  const flags: [PoolingMode, boolean][] = [
    ['cls', config.pooling_mode_cls_token],
    ['max', config.pooling_mode_max_tokens],
    ['mean', config.pooling_mode_mean_tokens],
    ['mean_sqrt_len_tokens', config.pooling_mode_mean_sqrt_len_tokens],
    ['weightedmean', config.pooling_mode_weightedmean_tokens],
    ['lasttoken', config.pooling_mode_lasttoken],
  ];
  const chosen = flags.flatMap(([name, set]) => (set ? [name] : []));
  return { modes: chosen.length > 0 ? chosen : ['mean'], includePrompt };
}

/** @param input what the layer is applied to: pooled vectors, or those of the tokens */
export async function readDense(
  folder: string,
  input: 'sentence_embedding' | 'token_embeddings' = 'sentence_embedding',
): Promise<DenseSettings> {
  const file = join(folder, 'config.json');
  const config = await readLayoutFile(file, denseSchema(input));
  if (!config) throw new ConfigError(file, [{ field: '', expected: 'sizes of a Dense', got: 'no file' }]);
  const activation = activationOfClass(config.activation_function);
  if (activation === undefined) {
    const expected = `one of ${activationClasses.join(', ')}`;
    throw new ConfigError(file, [
      { field: 'activation_function', expected, got: config.activation_function },
    ]);
  }
  return { inFeatures: config.in_features, outFeatures: config.out_features, bias: config.bias, activation };
}

type ModelLayout = Pick<
  EmbeddingLayout,
  'prompts' | 'defaultPromptName' | 'similarity' | 'truncateDimensions'
>;

/** @param modelType what kind of model the folder must say that it has, if it says so */
export async function readModel(folder: string, modelType = 'SentenceTransformer'): Promise<ModelLayout> {
  const file = join(folder, 'config_sentence_transformers.json');
  const schema = modelSchema(modelType);
  const config = (await readLayoutFile(file, schema)) ?? schema.parse({});
  const prompts = Object.fromEntries(
    Object.entries(config.prompts).map(([name, text]) => [name, text ?? '']),
  );
  const defaultPromptName = config.default_prompt_name ?? null;
  if (defaultPromptName !== null && !Object.hasOwn(prompts, defaultPromptName)) {
    const expected = `one of the prompts (${Object.keys(prompts).join(', ')})`;
    throw new ConfigError(file, [{ field: 'default_prompt_name', expected, got: defaultPromptName }]);
  }
  return {
    prompts,
    defaultPromptName,
    similarity: similarities.find((name) => name === config.similarity_fn_name) ?? 'cosine',
    truncateDimensions: config.truncate_dim ?? null,
  };
}
