import { homedir } from 'node:os';
import { join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An environment variable that is set to something. */
export const setting = (env: Environment, name: string): string | undefined => env[name] || undefined;

const cacheHome = (env: Environment): string => setting(env, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache');

/** Hugging Face's own folder: `HF_HOME`. */
export const hubHome = (env: Environment): string =>
  setting(env, 'HF_HOME') ?? join(cacheHome(env), 'huggingface');

/** Where huggingface_hub keeps models, so that both find each other's. */
export const hubCache = (env: Environment, cacheDir?: string): string =>
  cacheDir === undefined
    ? (setting(env, 'HF_HUB_CACHE') ?? setting(env, 'HUGGINGFACE_HUB_CACHE') ?? join(hubHome(env), 'hub'))
    : join(cacheDir, 'hub');

/** Where models out of Python packages are kept. */
export const pipCache = (env: Environment, cacheDir?: string): string =>
  join(cacheDir ?? join(cacheHome(env), 'ragwright'), 'pip');

/** Whether no server may be asked. */
export const isOffline = (env: Environment): boolean =>
  /^(1|on|yes|true)$/i.test(setting(env, 'HF_HUB_OFFLINE') ?? '');
