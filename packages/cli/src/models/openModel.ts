import type { EmbeddingModel } from '@ragwright/core/models';
import type { Context } from '../command/types.ts';
import { fetchModel, modelOption } from './fetchModel.ts';

/** Options of commands that compute with a model. */
export const modelOptions = {
  model: modelOption,
  precision: {
    kind: 'text',
    hint: 'NAME',
    choices: ['auto', 'float32', 'bfloat16'],
    default: 'auto',
    about: 'Numbers to compute with; auto: bfloat16 where the processor multiplies in it',
  },
  'max-length': {
    kind: 'number',
    hint: 'TOKENS',
    whole: true,
    min: 1,
    about: 'Cut texts here; default: what the model says',
  },
} as const;

export interface ModelValues {
  readonly model: string;
  readonly precision: 'auto' | 'float32' | 'bfloat16';
  readonly 'max-length': number | undefined;
}

export interface OpenModel {
  /** The caller's to dispose of. */
  readonly model: EmbeddingModel;
  readonly precision: 'float32' | 'bfloat16';
  /** Where its files lie. */
  readonly folder: string;
}

/** Gets a model, from wherever it comes, and loads it; tells what a person should know about it. */
export async function openModel(
  values: ModelValues,
  context: Pick<Context, 'terminal' | 'signal'>,
): Promise<OpenModel> {
  const folder = await fetchModel(values.model, context);
  const { loadEmbeddingModel } = await import('@ragwright/core/models');
  const length = values['max-length'];
  const model = await loadEmbeddingModel(
    folder,
    length === undefined ? {} : { settings: { maxSeqLength: length } },
  );
  for (const message of model.notices) context.terminal.event({ type: 'notice', level: 'info', message });
  return { model, precision: await precisionOf(values.precision, model.device), folder };
}

export async function precisionOf(
  wanted: ModelValues['precision'],
  device?: string,
): Promise<'float32' | 'bfloat16'> {
  if (wanted !== 'auto') return wanted;
  const { fastPrecision } = await import('@ragwright/core/learning/recipes');
  return fastPrecision(device);
}
