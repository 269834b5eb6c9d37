import type { DType } from '@ragwright/torch';
import { openShardedSafetensors } from '@ragwright/torch/safetensors';
import { ConfigError } from '../../base/errors.ts';
import { parseSettings } from '../../base/settings.ts';
import { loadTokenizer } from '../../text/index.ts';
import { checkNoPickle } from '../checkNoPickle.ts';
import { loadEncoder } from '../loadEncoder.ts';
import type { Encoder } from '../types.ts';
import { givenSchema, newHead, settingsFor, takePooler } from './create.ts';
import { CrossEncoder } from './crossEncoder.ts';
import type { SequenceClassificationHead } from './heads.ts';
import { type CrossEncoderLayout, readCrossEncoderLayout } from './layout.ts';
import { headNames, planHead } from './newHead.ts';
import type { CrossEncoderSettings } from './types.ts';

export interface LoadCrossEncoderOptions {
  /** Type of the parameters; default float32, whatever the file has. */
  readonly dtype?: DType;
  /** Default cpu. */
  readonly device?: string;
  /** In place of what the folder says; `labels` only where there is no head yet. */
  readonly settings?: Partial<CrossEncoderSettings>;
}

type Placement = Pick<LoadCrossEncoderOptions, 'dtype' | 'device'>;

/**
 * Loads a cross-encoder from a folder in sentence-transformers' layout, old or new, or from one of transformers'
 * …ForSequenceClassification. A folder without a classification head (a plain encoder, an embedding model) gets a new
 * one, drawn from `manualSeed`, and `notices` says so. In evaluation mode.
 *
 * @param folder a local folder; `resolveModel` gets one from the Hub or from a Python package
 * @throws ConfigError for files or settings that are wrong, for modules and activations that we don't have, and for
 *   weights as pickle only; SafetensorsError, StateDictError for weights that are damaged or don't fit
 */
export async function loadCrossEncoder(
  folder: string,
  options: LoadCrossEncoderOptions = {},
): Promise<CrossEncoder> {
  const { settings: wanted = {}, ...placement } = options;
  const given = parseSettings(givenSchema, wanted, 'loadCrossEncoder settings');
  const layout = await readCrossEncoderLayout(folder);
  const { encoderFolder, labels, lowercase } = layout;
  checkNoPickle(encoderFolder);
  const trained = hasClassifier(layout);
  if (trained && given.labels !== undefined && given.labels !== labels) {
    const expected = `${labels}, which the head in ${folder} has`;
    const problem = { field: 'labels', expected, got: String(given.labels) };
    throw new ConfigError('loadCrossEncoder settings', [problem]);
  }
  const tokenizer = await loadTokenizer(encoderFolder, { lowercase });
  const encoder = await loadEncoder(encoderFolder, placement);
  try {
    const settings = settingsFor(encoder, tokenizer, {
      maxSeqLength: given.maxSeqLength ?? layout.maxSeqLength,
      labels: trained ? labels : (given.labels ?? 1),
      activation: given.activation ?? layout.activation,
    });
    const head = trained ? loadHead(encoder, layout, placement) : newHead(encoder, settings.labels);
    const { notices } = layout;
    const notice = `${folder} has no classification head: it gets a new one, which has to be trained`;
    return new CrossEncoder({
      encoder,
      head,
      tokenizer,
      settings,
      folder: encoderFolder,
      hasNewHead: !trained,
      notices: trained ? notices : [...notices, notice],
    }).eval();
  } catch (error) {
    encoder.dispose();
    throw error;
  }
}

/** Where config.json names no class, the weights say it. */
function hasClassifier({ encoderFolder, classifier }: CrossEncoderLayout): boolean {
  if (classifier !== undefined) return classifier;
  using weights = openShardedSafetensors(encoderFolder);
  return weights.names.some((name) => name.startsWith('classifier.'));
}

function loadHead(
  encoder: Encoder,
  { encoderFolder, labels }: CrossEncoderLayout,
  placement: Placement,
): SequenceClassificationHead {
  using weights = openShardedSafetensors(encoderFolder);
  const { prefix, make } = planHead(encoder, labels);
  const head = make({ ...placement, uninitialized: true });
  try {
    head.loadFrom(weights, { rename: headNames(prefix, head.stateDict().has('pooler.dense.weight')) });
  } catch (error) {
    head.dispose();
    throw error;
  }
  takePooler(encoder)?.dense.dispose();
  return head;
}
