import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '../base/errors.ts';

const safe = ['model.safetensors', 'model.safetensors.index.json'];

/**
 * A pickle runs code when it is read: it is never opened.
 *
 * @throws ConfigError for a folder without weights, or with such ones only
 */
export function checkNoPickle(folder: string): void {
  if (safe.some((name) => existsSync(join(folder, name)))) return;
  const pickle = existsSync(join(folder, 'pytorch_model.bin'));
  const got = pickle
    ? 'pytorch_model.bin alone, a pickle, which is not read: convert it first'
    : 'no weights';
  throw new ConfigError(folder, [{ field: '', expected: 'model.safetensors', got }]);
}
