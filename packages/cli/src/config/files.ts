import { existsSync, readFileSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { ConfigError } from '@ragwright/core/base';
import { createJiti } from 'jiti';
import { parseDocument } from 'yaml';
import { UsageError } from '../command/errors.ts';
import { defineConfig } from './define.ts';

/** Names of config files, in the order in which they are looked for. */
export const configNames = [
  'ragwright.config.ts',
  'ragwright.config.mts',
  'ragwright.config.js',
  'ragwright.config.mjs',
  'ragwright.config.json',
  'ragwright.config.yaml',
  'ragwright.config.yml',
] as const;

/**
 * The config file to use: the one that is named, or the first of {@link configNames} in a folder.
 *
 * @param given a file, or a folder that holds one; default the current folder
 * @throws UsageError if there is none
 */
export function findConfig(given: string | undefined, folder = process.cwd()): string {
  const path = resolve(folder, given ?? '.');
  if (given !== undefined && !existsSync(path)) throw new UsageError(`--config ${given}: no such file`);
  if (!statSync(path).isDirectory()) return path;
  const found = configNames.map((name) => join(path, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new UsageError(
    `No config in ${path}: none of ${configNames.join(', ')}`,
    'ragwright init writes one; or name one with --config, or the documents with --data.',
  );
}

/**
 * What a config file says, unchecked: the default export of a TypeScript or JavaScript file, or JSON or YAML.
 *
 * @throws ConfigError if it can't be read, parsed or run
 */
export async function readConfig(file: string): Promise<unknown> {
  const ending = extname(file).toLowerCase();
  if (/^\.[cm]?[jt]s$/.test(ending)) return runConfig(file);
  const text = attempt(file, 'a readable file', () => readFileSync(file, 'utf8'));
  if (ending === '.json') return attempt(file, 'JSON', () => JSON.parse(text.replace(/^\uFEFF/, '')));
  if (ending === '.yaml' || ending === '.yml') return parseYaml(file, text);
  throw new ConfigError(file, [
    { field: '', expected: 'a .ts, .js, .json or .yaml file', got: ending || 'no ending' },
  ]);
}

/** Runs the file; `ragwright` in it is this package, whether it is installed beside the file or not. */
async function runConfig(file: string): Promise<unknown> {
  const source = attempt(file, 'a readable file', () => readFileSync(file, 'utf8'));
  // most configs need defineConfig alone, and must not wait for the whole library
  const only = /import\s*\{\s*defineConfig\s*,?\s*\}\s*from\s*['"]ragwright['"]/.test(source);
  const ragwright = only ? { defineConfig } : await import('../index.ts');
  const jiti = createJiti(file, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    virtualModules: { ragwright },
  });
  let module: unknown;
  try {
    module = await jiti.import(file);
  } catch (cause) {
    const got = (cause as Error).message?.split('\n').slice(0, 3).join(' ') ?? String(cause);
    throw new ConfigError(file, [{ field: '', expected: 'a file that runs', got }], { cause });
  }
  const config = (module as { default?: unknown }).default;
  if (config !== undefined) return config;
  throw new ConfigError(file, [
    { field: '', expected: 'export default defineConfig({ … })', got: 'no default export' },
  ]);
}

function parseYaml(file: string, text: string): unknown {
  const document = parseDocument(text, { prettyErrors: true });
  if (document.errors.length === 0) return attempt(file, 'YAML', () => document.toJS({ maxAliasCount: 100 }));
  throw new ConfigError(
    file,
    document.errors.map(({ message }) => ({
      field: '',
      expected: 'YAML',
      got: message.split('\n')[0] as string,
    })),
  );
}

function attempt<T>(file: string, expected: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new ConfigError(file, [{ field: '', expected, got: (cause as Error).message }], { cause });
  }
}
