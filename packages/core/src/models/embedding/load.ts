import type { DType } from '@ragwright/torch';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { loadTokenizer } from '../../text/index.ts';
import { checkNoPickle } from '../checkNoPickle.ts';
import { loadEncoder } from '../loadEncoder.ts';
import { EmbeddingModel } from './embeddingModel.ts';
import { Dense, type DenseSettings, type Head, Normalize } from './heads.ts';
import { type HeadLayout, readEmbeddingLayout } from './layout.ts';
import type { EmbeddingSettings } from './types.ts';

export interface LoadEmbeddingModelOptions {
  /** Type of the parameters; default float32, whatever the file has. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
  /** In place of what the folder says. */
  readonly settings?: Partial<Pick<EmbeddingSettings, 'maxSeqLength' | 'prompts' | 'defaultPromptName'>>;
}

/**
 * Loads an embedding model from a folder in sentence-transformers' layout, old or new, or from a plain encoder folder
 * (mean pooling then; `notices` says so). In evaluation mode.
 *
 * @param folder a local folder; `resolveModel` gets one from the Hub or from a Python package
 * @throws ConfigError for files that are missing or wrong, unsupported modules, and weights as pickle only;
 *   SafetensorsError, StateDictError for weights that are damaged or don't fit
 */
export async function loadEmbeddingModel(
  folder: string,
  options: LoadEmbeddingModelOptions = {},
): Promise<EmbeddingModel> {
  const { settings: given = {}, ...placement } = options;
  const layout = await readEmbeddingLayout(folder);
  checkNoPickle(layout.encoderFolder);
  const tokenizer = await loadTokenizer(layout.encoderFolder, { lowercase: layout.lowercase });
  const encoder = await loadEncoder(layout.encoderFolder, placement);
  const heads: Head[] = [];
  try {
    for (const head of layout.heads) heads.push(loadHead(head, placement));
  } catch (error) {
    for (const module of [encoder, ...heads]) module.dispose();
    throw error;
  }
  const longest =
    given.maxSeqLength ?? layout.maxSeqLength ?? tokenizer.modelMaxLength ?? Number.POSITIVE_INFINITY;
  const { pooling, prompts, defaultPromptName, similarity, truncateDimensions, lowercase, notices } = layout;
  const settings: EmbeddingSettings = {
    pooling,
    prompts,
    defaultPromptName,
    similarity,
    truncateDimensions,
    lowercase,
    ...given,
    maxSeqLength: Math.min(longest, encoder.config.maxPositions),
  };
  return new EmbeddingModel({
    encoder,
    tokenizer,
    settings,
    heads,
    folder: layout.encoderFolder,
    notices,
  }).eval();
}

const loadHead = (head: HeadLayout, placement: Placement): Head =>
  head === 'normalize' ? new Normalize() : loadDense(head.dense, head.folder, placement);

/** Where weights go. */
export type Placement = Pick<LoadEmbeddingModelOptions, 'dtype' | 'device'>;

/** A dense layer with the weights in a folder. */
export function loadDense(settings: DenseSettings, folder: string, placement: Placement): Dense {
  checkNoPickle(folder);
  using weights = openShardedSafetensors(folder);
  const dense = new Dense(settings, { ...placement, uninitialized: true });
  try {
    dense.loadFrom(weights);
  } catch (error) {
    dense.dispose();
    throw error;
  }
  return dense;
}
