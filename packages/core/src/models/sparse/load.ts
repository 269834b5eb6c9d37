import type { DType } from '@ragwright/torch';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { loadTokenizer } from '../../text/index.ts';
import { checkNoPickle } from '../checkNoPickle.ts';
import { loadEncoder } from '../loadEncoder.ts';
import type { Encoder } from '../types.ts';
import { readSparseLayout } from './layout.ts';
import { MlmHead } from './mlmHead.ts';
import { mlmHeadOf } from './mlmHeads.ts';
import { SparseEmbeddingModel } from './sparseModel.ts';
import type { SparseSettings } from './types.ts';

export interface LoadSparseModelOptions {
  /** Type of the parameters; default float32, whatever the file has. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
  /** In place of what the folder says. */
  readonly settings?: Partial<Pick<SparseSettings, 'maxSeqLength' | 'prompts' | 'defaultPromptName'>>;
}

/**
 * Loads a sparse embedding model from a folder in sentence-transformers' SparseEncoder layout, or from that of a
 * masked language model. In evaluation mode.
 *
 * @throws ConfigError for files that are missing or wrong, unsupported modules, and weights as pickle only;
 *   SafetensorsError, StateDictError for weights that are damaged or don't fit, the head's among them
 */
export async function loadSparseModel(
  folder: string,
  options: LoadSparseModelOptions = {},
): Promise<SparseEmbeddingModel> {
  const { settings: given = {}, ...placement } = options;
  const { encoderFolder, maxSeqLength, ...read } = await readSparseLayout(folder);
  checkNoPickle(encoderFolder);
  const tokenizer = await loadTokenizer(encoderFolder, { lowercase: read.lowercase });
  const encoder = await loadEncoder(encoderFolder, placement);
  try {
    const head = loadMlmHead(encoderFolder, encoder, placement);
    const longest =
      given.maxSeqLength ?? maxSeqLength ?? tokenizer.modelMaxLength ?? Number.POSITIVE_INFINITY;
    const settings: SparseSettings = {
      ...read,
      ...given,
      maxSeqLength: Math.min(longest, encoder.config.maxPositions),
    };
    return new SparseEmbeddingModel({ encoder, head, tokenizer, settings, folder: encoderFolder }).eval();
  } catch (error) {
    encoder.dispose();
    throw error;
  }
}

/** The masked-language-model head beside an encoder's weights. */
function loadMlmHead(
  folder: string,
  encoder: Encoder,
  placement: Pick<LoadSparseModelOptions, 'dtype' | 'device'>,
): MlmHead {
  const { names, shape } = mlmHeadOf(encoder);
  using weights = openShardedSafetensors(folder);
  const biasName = names.bias.find((name) => weights.names.includes(name));
  const head = new MlmHead(shape, { ...placement, uninitialized: true });
  const rename = (name: string): string | undefined => {
    if (name === biasName) return 'bias';
    const part = (['dense', 'norm'] as const).find((each) => name.startsWith(`${names[each]}.`));
    if (part === undefined) return undefined;
    const rest = name.slice(names[part].length + 1);
    return `${part}.${rest.replace(/^gamma$/, 'weight').replace(/^beta$/, 'bias')}`;
  };
  try {
    head.loadFrom(weights, { rename });
  } catch (error) {
    head.dispose();
    throw error;
  }
  return head;
}
