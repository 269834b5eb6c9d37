import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { getEnvironmentData, setEnvironmentData } from 'node:worker_threads';
import type { NativeAddon } from './addon.ts';
import { NativeAddonMissingError } from './missing.ts';

/** What setup wrote about a build (`active.json`, and `build.json` beside each addon). */
interface BuildRecord {
  /** Relative to the record's folder. */
  readonly addon: string;
  readonly source: 'env' | 'python' | 'wheel' | 'debian';
}

// the same from src/native and from dist/native
const buildFolder = fileURLToPath(new URL('../../build', import.meta.url));
const threadsAreSet = 'ragwright.torch.threads';

function readRecord(path: string): BuildRecord | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as BuildRecord;
  } catch {
    return undefined;
  }
}

/** The addon's path: `RAGWRIGHT_TORCH_ADDON`, else the one that `ragwright-torch setup` made active. */
function locate(): { path: string; record: BuildRecord | undefined } {
  const override = process.env['RAGWRIGHT_TORCH_ADDON'];
  if (override) {
    const path = resolve(override);
    return { path, record: readRecord(join(dirname(path), 'build.json')) };
  }
  const active = join(buildFolder, 'active.json');
  const record = readRecord(active);
  if (!record) throw new NativeAddonMissingError([{ path: active, reason: 'there is no such file' }]);
  return { path: join(buildFolder, record.addon), record };
}

/**
 * libgomp's waiting threads spin. Debian's OpenBLAS and libtorch share one libgomp and steal the cores from each
 * other that way; elsewhere a shorter spin costs little on a quiet machine and saves most of the time on a busy one
 * (bench/attention). libgomp reads this once, when it is loaded; from a worker it has no effect.
 */
function tameSpinning(record: BuildRecord | undefined): void {
  if (process.env['OMP_WAIT_POLICY'] !== undefined) return;
  if (record?.source === 'debian') process.env['OMP_WAIT_POLICY'] = 'passive';
  else process.env['GOMP_SPINCOUNT'] ??= '1000';
}

function load(): NativeAddon {
  const { path, record } = locate();
  if (!existsSync(path)) throw new NativeAddonMissingError([{ path, reason: 'there is no such file' }]);
  tameSpinning(record);
  try {
    return createRequire(import.meta.url)(path) as NativeAddon;
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    throw new NativeAddonMissingError([{ path, reason }], error);
  }
}

/**
 * libtorch may start with one thread only. A worker leaves the number alone if the thread that started it has
 * set it, so that a `setNumThreads` in between stays in force.
 */
function setThreads(addon: NativeAddon): void {
  if (getEnvironmentData(threadsAreSet) === true) return;
  setEnvironmentData(threadsAreSet, true);
  const wanted = Number.parseInt(process.env['OMP_NUM_THREADS'] ?? '', 10);
  addon.setNumThreads(wanted >= 1 ? Math.min(wanted, 4096) : availableParallelism());
}

/** The addon, loaded once per thread. Everything but `attach.ts` imports it from there. */
export const native: NativeAddon = load();
setThreads(native);
