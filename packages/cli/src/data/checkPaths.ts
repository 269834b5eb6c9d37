import { existsSync } from 'node:fs';
import { UsageError } from '../command/errors.ts';

/** @throws UsageError if a path of the documents leads nowhere; before a model is fetched or a store is opened */
export function checkDocuments(paths: string | readonly string[]): void {
  const missing = [paths].flat().filter((path) => !existsSync(path));
  if (missing.length === 0) return;
  throw new UsageError(
    `There are no documents at ${missing.join(', ')}`,
    'Check --data, or `documents` in the config.',
  );
}

/** @throws UsageError if an option or argument names a file that is not there */
export function checkFile(name: string, file: string): void {
  if (!existsSync(file)) throw new UsageError(`${name} ${file}: no such file`);
}
