import { existsSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { parseSettings } from '@ragwright/core/base';
import { type ResolvedTuneSettings, tuneSettings } from '@ragwright/core/learning/recipes';
import { ofRun } from '../models/fetchModel.ts';
import { findConfig, readConfig } from './files.ts';
import { merge, parseOverrides } from './overrides.ts';

export interface ConfigSource {
  /** `--config`: a file, or a folder that holds one. */
  readonly config?: string | undefined;
  /** Instead of a config file: the documents, and all else by default. */
  readonly data?: string | undefined;
  /** `--model` and `--out`, in place of the config's. */
  readonly model?: string | undefined;
  readonly out?: string | undefined;
  /** `key=value` words; their paths are relative to the current folder. */
  readonly words?: readonly string[];
}

export interface ResolvedConfig {
  readonly settings: ResolvedTuneSettings;
  /** The config file; undefined if there was none. */
  readonly file?: string;
}

/**
 * Reads the config, lays `key=value` words over it, checks it and fills in the defaults. Relative paths in a file
 * are relative to it.
 *
 * @throws UsageError, or ConfigError that lists every problem with its path
 */
export async function resolveConfig(source: ConfigSource): Promise<ResolvedConfig> {
  const { config, data, model, out, words = [] } = source;
  const named = {
    ...(model === undefined ? {} : { model }),
    ...(out === undefined ? {} : { output: out }),
    ...parseOverrides(words),
  };
  const overrides = absolute(named, process.cwd()) as Readonly<Record<string, unknown>>;
  if (config === undefined && data !== undefined) {
    const settings = parseSettings(
      tuneSettings,
      merge({ documents: resolve(data) }, overrides),
      'command line',
    );
    return { settings: absolute(settings, process.cwd()) as ResolvedTuneSettings };
  }
  const file = findConfig(config);
  const read = absolute(await readConfig(file), dirname(file));
  const given = data === undefined ? {} : { documents: { path: resolve(data) } };
  const settings = parseSettings(tuneSettings, merge(merge(read, given), overrides), relativeName(file));
  return { settings: absolute(settings, dirname(file)) as ResolvedTuneSettings, file };
}

const relativeName = (file: string): string => {
  const name = relative(process.cwd(), file);
  return name.startsWith(`..${sep}..`) ? file : name || file;
};

type Parts = Readonly<Record<string, unknown>>;

/** Makes the paths of a config absolute; leaves alone what is not as the schema wants it. */
export function absolute(config: unknown, folder: string): unknown {
  if (!isParts(config)) return config;
  const path = (value: unknown) =>
    typeof value === 'string' && value !== '' && !isAbsolute(value) ? resolve(folder, value) : value;
  const paths = (value: unknown) => (Array.isArray(value) ? value.map(path) : path(value));
  const within = (value: unknown, key: string, change: (value: unknown) => unknown) =>
    isParts(value) && key in value ? { ...value, [key]: change(value[key]) } : value;
  const change: Readonly<Record<string, (value: unknown) => unknown>> = {
    documents: (value) => (isParts(value) ? within(value, 'path', paths) : paths(value)),
    store: (value) => within(value, 'path', path),
    pairs: (value) => within(value, 'file', path),
    model: (value) => (typeof value === 'string' ? modelPath(value, folder) : value),
    reranker: (value) =>
      within(value, 'model', (model) =>
        typeof model === 'string' && model !== 'embedder' ? modelPath(model, folder) : model,
      ),
    output: path,
  };
  return Object.fromEntries(
    Object.entries(config).map(([key, value]) => [
      key,
      Object.hasOwn(change, key) ? change[key]?.(value) : value,
    ]),
  );
}

/** `hf:…` and `pip:…` stay; a run folder stands for the model in it; so does a name that is no folder, for whoever loads it to complain about. */
export const modelPath = (model: string, folder: string): string =>
  model
    .split('|')
    .map((each) => {
      const name = each.trim();
      const isFolder = !/^[a-z]+:/i.test(name) && name !== '' && existsSync(resolve(folder, name));
      return isFolder ? ofRun(resolve(folder, name)) : name;
    })
    .join('|');

const isParts = (value: unknown): value is Parts =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
