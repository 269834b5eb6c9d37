import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { INDEX, modulePaths, shardsOf, WEIGHTS } from './neededFiles.ts';

export const PICKLE = 'pytorch_model.bin';
export const pickleOnly = `its weights are a pickle (${PICKLE}), which is not read, as that can run code: convert them to safetensors first`;

const parse = (file: string): unknown => {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined;
  }
};

/** Why a folder is no complete model; undefined if it is. */
export function problemOfFolder(folder: string): string | undefined {
  const has = (...path: string[]): boolean => existsSync(join(folder, ...path));
  const modules = has('modules.json') ? modulePaths(parse(join(folder, 'modules.json'))) : [''];
  if (!modules) return 'its modules.json is damaged';
  const [encoder = ''] = modules;
  if (!has(encoder, 'config.json')) return 'it has no config.json';
  if (has(encoder, WEIGHTS)) return undefined;
  if (has(encoder, INDEX)) {
    const missing = shardsOf(parse(join(folder, encoder, INDEX)))?.find((shard) => !has(encoder, shard));
    return missing === undefined ? undefined : `the shard ${missing} is missing`;
  }
  return has(encoder, PICKLE) ? pickleOnly : `it has no ${WEIGHTS}`;
}
