import { basename } from 'node:path';
import type { RunEvent } from '../../../base/progress.ts';
import type { Document } from '../../../corpus/index.ts';
import { loadEmbeddingModel } from '../../../models/embedding/index.ts';
import { ModelSourceError, resolveModel } from '../../../models/hub/index.ts';
import type { Precision } from '../precision.ts';
import { trainFromScratch } from './fromScratch.ts';
import type { ResolvedTuneSettings } from './settings.ts';
import type { Staged } from './stage.ts';
import type { BaseModel } from './types.ts';

interface ObtainOptions {
  readonly runFolder: string;
  readonly precision: Precision;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The base model: from its first source that can be had. If none can and the settings allow it, a small encoder that
 * is trained from scratch on the documents, and called so wherever it is named.
 *
 * @throws ModelSourceError that lists everything that was tried
 */
export async function* obtainModel(
  { model: wanted, fallback, training }: ResolvedTuneSettings,
  documents: readonly Document[],
  options: ObtainOptions,
): AsyncGenerator<RunEvent, Staged<BaseModel>, undefined> {
  try {
    const resolved = await resolveModel(wanted, options.signal ? { signal: options.signal } : {});
    for (const { source, reason } of resolved.failed) yield notice(`${source} could not be had: ${reason}`);
    const model = await loadEmbeddingModel(resolved.folder);
    for (const message of model.notices) yield notice(message);
    const value = {
      model,
      name: nameOf(resolved.source),
      source: resolved.source,
      folder: resolved.folder,
      fromScratch: false,
    };
    const size = `${model.dimensions} dimensions, ${model.settings.maxSeqLength} tokens`;
    return { value, summary: `${resolved.source}: ${size}` };
  } catch (error) {
    if (!(error instanceof ModelSourceError) || fallback !== 'from-scratch') throw error;
    yield {
      type: 'notice',
      level: 'warning',
      message: `${error.message}\nGoing on with a small encoder, trained from scratch on these documents: its figures say nothing about a real model.`,
    };
    const { model, folder } = yield* trainFromScratch(documents, { ...options, seed: training.seed });
    const value = {
      model,
      name: 'small encoder, trained from scratch',
      source: 'trained from scratch',
      folder,
      fromScratch: true,
    };
    return { value, summary: `a small encoder, trained from scratch: ${model.dimensions} dimensions` };
  }
}

const notice = (message: string): RunEvent => ({ type: 'notice', level: 'info', message });

/** `sentence-transformers/all-MiniLM-L6-v2` of `hf:…@main`; the folder's name of a folder. */
export const nameOf = (source: string): string =>
  /^(hf|pip):/.test(source) ? source.replace(/^(hf|pip):/, '').replace(/(@|==).*$/, '') : basename(source);
