import type { Reranker } from '@ragwright/core/knowledge';
import type { Context } from '../command/types.ts';
import { fetchModel, modelOption } from './fetchModel.ts';
import { type ModelValues, precisionOf } from './openModel.ts';

/** Options of commands that can rerank. */
export const rerankerOptions = {
  reranker: {
    kind: 'text',
    hint: modelOption.hint,
    about: 'A cross-encoder that puts the best candidates in order: a folder, hf:org/name, pip:package',
  },
  candidates: {
    kind: 'number',
    hint: 'N',
    whole: true,
    min: 1,
    default: 100,
    about: 'How many documents of a query the reranker reads',
  },
} as const;

export interface OpenReranker {
  readonly reranker: Reranker;
  readonly precision: 'float32' | 'bfloat16';
  /** Where its files lie. */
  readonly folder: string;
  close(): void;
}

/** Gets a cross-encoder, from wherever it comes, and loads it; tells what a person should know about it. */
export async function openReranker(
  source: string,
  values: Pick<ModelValues, 'precision' | 'max-length'>,
  context: Pick<Context, 'terminal' | 'signal'>,
): Promise<OpenReranker> {
  const folder = await fetchModel(source, context);
  const { loadCrossEncoder } = await import('@ragwright/core/models');
  const length = values['max-length'];
  const model = await loadCrossEncoder(
    folder,
    length === undefined ? {} : { settings: { maxSeqLength: length } },
  );
  try {
    for (const message of model.notices)
      context.terminal.event({ type: 'notice', level: 'warning', message });
    const precision = await precisionOf(values.precision, model.device);
    return { reranker: model.reranker({ precision }), precision, folder, close: () => model.dispose() };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
