import { posix } from 'node:path';
import { tokenizerFiles } from '../../text/index.ts';

export const WEIGHTS = 'model.safetensors';
export const INDEX = 'model.safetensors.index.json';

/** Small files of a model, in its folder or in that of its Transformer. */
const small = new Set<string>([
  'config.json',
  'modules.json',
  'config_sentence_transformers.json',
  'README.md',
  'LICENSE',
  'generation_config.json',
  'adapter_config.json',
  INDEX,
  ...tokenizerFiles,
]);

const isSmall = (name: string): boolean => small.has(name) || /^sentence_[\w-]+_config\.json$/.test(name);

/** Folders of a model's modules, in order; undefined if that is no modules.json. */
export function modulePaths(modules: unknown): string[] | undefined {
  if (!Array.isArray(modules) || modules.length === 0) return undefined;
  const paths = modules.map((module: { path?: unknown } | null) => module?.path ?? '');
  const valid = paths.every(
    (path) => typeof path === 'string' && /^[\w.-]*$/.test(path) && !path.includes('..'),
  );
  return valid ? (paths as string[]) : undefined;
}

/** Files of sharded weights; undefined if that is no index. */
export function shardsOf(index: unknown): string[] | undefined {
  const map = (index as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== 'object' || map === null) return undefined;
  const names = [...new Set(Object.values(map))];
  const valid = names.every((name) => typeof name === 'string' && /^[\w.-]+\.safetensors$/.test(name));
  return valid ? (names as string[]) : undefined;
}

/** What to get first, of all files of a repository: the small ones, which tell the rest. */
export const smallFiles = (files: readonly string[]): string[] =>
  files.filter((file) => isSmall(posix.basename(file)) && file.split('/').length <= 2);

/** The weights of the modules in these folders: one file each, or its shards. */
export function weightFiles(
  files: readonly string[],
  modules: readonly string[],
  shards: (indexFile: string) => readonly string[] | undefined,
): string[] {
  return modules.flatMap((folder) => {
    const single = posix.join(folder, WEIGHTS);
    if (files.includes(single)) return [single];
    const index = posix.join(folder, INDEX);
    if (!files.includes(index)) return [];
    return (shards(index) ?? []).map((shard) => posix.join(folder, shard));
  });
}
