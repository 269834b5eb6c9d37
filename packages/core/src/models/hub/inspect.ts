import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { ConfigError } from '../../base/errors.ts';
import { loadTokenizer } from '../../text/index.ts';
import { encoderTypes } from '../architectures.ts';
import { type EmbeddingLayout, readEmbeddingLayout } from '../embedding/layout.ts';

/** What can be said of a model without loading its weights. */
export interface ModelSummary {
  readonly folder: string;
  /** sentence-transformers' layout, or an encoder alone. */
  readonly kind: 'embedding model' | 'encoder';
  /** `model_type` of config.json. */
  readonly modelType: string;
  /** Whether we have its architecture. */
  readonly supported: boolean;
  readonly hiddenSize: number | undefined;
  readonly layers: number | undefined;
  readonly parameters: number;
  /** Types of the weights in the file: F32, BF16 … */
  readonly dtypes: readonly string[];
  /** Bytes. */
  readonly weightBytes: number;
  readonly vocabSize: number;
  readonly maxSeqLength: number | undefined;
  readonly pooling: readonly string[];
  /** Dense layers and normalisation after pooling: `Dense 384 → 128 (tanh)`, `Normalize`. */
  readonly heads: readonly string[];
  readonly prompts: Readonly<Record<string, string>>;
  readonly similarity: string;
}

/**
 * Reads a model folder's configuration, tokenizer and the header of its weights.
 *
 * @throws ConfigError, FileError or SafetensorsError for what is missing or wrong
 */
export async function inspectModel(folder: string): Promise<ModelSummary> {
  const layout = await readEmbeddingLayout(folder);
  const config = await readConfig(join(layout.encoderFolder, 'config.json'));
  const tokenizer = await loadTokenizer(layout.encoderFolder);
  const modelType = String(config['model_type']);
  const number = (...keys: string[]): number | undefined => {
    const found = keys.map((key) => config[key]).find((value) => typeof value === 'number');
    return found as number | undefined;
  };
  return {
    folder,
    kind: layout.notices.length === 0 ? 'embedding model' : 'encoder',
    modelType,
    supported: (encoderTypes as readonly string[]).includes(modelType),
    hiddenSize: number('hidden_size', 'dim'),
    layers: number('num_hidden_layers', 'n_layers'),
    ...weightsOf(layout.encoderFolder),
    vocabSize: tokenizer.vocabSize,
    maxSeqLength: layout.maxSeqLength ?? tokenizer.modelMaxLength ?? number('max_position_embeddings'),
    pooling: layout.pooling.modes,
    heads: layout.heads.map(headText),
    prompts: layout.prompts,
    similarity: layout.similarity,
  };
}

function headText(head: EmbeddingLayout['heads'][number]): string {
  if (head === 'normalize') return 'Normalize';
  const { inFeatures, outFeatures, activation } = head.dense;
  return `Dense ${inFeatures} → ${outFeatures} (${activation})`;
}

function weightsOf(folder: string): Pick<ModelSummary, 'parameters' | 'dtypes' | 'weightBytes'> {
  using weights = openShardedSafetensors(folder);
  let parameters = 0;
  let weightBytes = 0;
  const dtypes = new Set<string>();
  for (const name of weights.names) {
    const { shape, dtype, bytes } = weights.info(name);
    if (!/F/.test(dtype)) continue; // positions that older checkpoints keep
    parameters += shape.reduce((product, size) => product * size, 1);
    weightBytes += bytes;
    dtypes.add(dtype);
  }
  return { parameters, weightBytes, dtypes: [...dtypes] };
}

async function readConfig(file: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return Object(JSON.parse(await readFile(file, 'utf8')));
  } catch (cause) {
    const got = (cause as Error).message;
    throw new ConfigError(file, [{ field: '', expected: 'a readable JSON file', got }], { cause });
  }
}
