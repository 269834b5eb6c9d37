import type { DType } from '@ragwright/torch';
import { loadTokenizer } from '../../text/index.ts';
import { checkNoPickle } from '../checkNoPickle.ts';
import type { Dense } from '../embedding/heads.ts';
import { loadDense } from '../embedding/load.ts';
import { loadEncoder } from '../loadEncoder.ts';
import { readMultiVectorLayout } from './layout.ts';
import { MultiVectorModel } from './multiVectorModel.ts';
import type { MultiVectorSettings } from './types.ts';

export interface LoadMultiVectorModelOptions {
  /** Type of the parameters; default float32, whatever the file has. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
  /** In place of what the folder says. */
  readonly settings?: Partial<
    Pick<MultiVectorSettings, 'queryLength' | 'documentLength' | 'queryExpansion' | 'skiplist' | 'prompts'>
  >;
}

/**
 * Loads a multi-vector model from a folder in sentence-transformers' MultiVectorEncoder layout. In evaluation mode.
 *
 * @throws ConfigError for files that are missing or wrong, unsupported modules, and weights as pickle only;
 *   SafetensorsError, StateDictError for weights that are damaged or don't fit
 */
export async function loadMultiVectorModel(
  folder: string,
  options: LoadMultiVectorModelOptions = {},
): Promise<MultiVectorModel> {
  const { settings: given = {}, ...placement } = options;
  const layout = await readMultiVectorLayout(folder);
  const { encoderFolder, dense: layers, maxSeqLength, ...read } = layout;
  checkNoPickle(encoderFolder);
  const tokenizer = await loadTokenizer(encoderFolder, { lowercase: read.lowercase });
  const encoder = await loadEncoder(encoderFolder, placement);
  const dense: Dense[] = [];
  try {
    for (const layer of layers) dense.push(loadDense(layer.settings, layer.folder, placement));
    const most = encoder.config.maxPositions;
    const longest = maxSeqLength ?? tokenizer.modelMaxLength ?? most;
    const settings = { ...read, ...given };
    const { queryLength = longest, documentLength = longest } = settings;
    return new MultiVectorModel({
      encoder,
      tokenizer,
      dense,
      folder: encoderFolder,
      settings: {
        ...settings,
        queryLength: Math.min(queryLength, most),
        documentLength: Math.min(documentLength, most),
      },
    }).eval();
  } catch (error) {
    for (const module of [encoder, ...dense]) module.dispose();
    throw error;
  }
}
