import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { say } from './log.mjs';

/** `$RAGWRIGHT_CACHE`, else `ragwright` in the user's cache folder. */
export function cacheRoot() {
  const { RAGWRIGHT_CACHE, XDG_CACHE_HOME } = process.env;
  if (RAGWRIGHT_CACHE) return RAGWRIGHT_CACHE;
  if (XDG_CACHE_HOME) return join(XDG_CACHE_HOME, 'ragwright');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'ragwright');
  return join(homedir(), '.cache', 'ragwright');
}

/**
 * A name beside `path` that no other process uses: what is written there becomes `path` by one rename.
 * @param {string} path
 */
export function temporaryName(path) {
  return `${path}.tmp-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/**
 * Removes what processes that were killed left beside `path` under their temporary names.
 * @param {string} path
 */
export function dropLeftovers(path) {
  const folder = dirname(path);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    const pid = name.startsWith(`${basename(path)}.`)
      ? /\.tmp-(\d+)-[0-9a-f]{8}$/.exec(name)?.[1]
      : undefined;
    if (pid && !isRunning(Number(pid))) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/**
 * Makes the folder `target` by filling a temporary folder beside it and renaming that. Whoever is first wins;
 * a folder that is already there is replaced only with `replace`.
 * @param {string} target
 * @param {(folder: string) => Promise<void>} fill
 * @param {{ replace?: boolean }} [options]
 */
export async function createFolder(target, fill, { replace = false } = {}) {
  const folder = temporaryName(target);
  mkdirSync(folder, { recursive: true });
  try {
    await fill(folder);
    if (replace && existsSync(target)) {
      const old = temporaryName(target);
      renameSync(target, old);
      rmSync(old, { recursive: true, force: true });
    }
    try {
      renameSync(folder, target);
    } catch (error) {
      const code = /** @type {NodeJS.ErrnoException} */ (error).code;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Writes a file so that a reader sees the old or the new content, never a half.
 * @param {string} path
 * @param {string} content
 */
export function writeAtomically(path, content) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  writeFileSync(temporary, content);
  renameSync(temporary, path);
}

/**
 * Runs `work` while holding the lock folder `<path>.lock`, so that two processes do not do the same long job.
 * A lock whose owner has died is taken over. (Results are renamed into place whole, so that a lock lost to a
 * race costs time, never a damaged file.)
 * @template T
 * @param {string} path
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(path, work) {
  const lock = `${path}.lock`;
  mkdirSync(dirname(lock), { recursive: true });
  for (let told = false; !tryLock(lock); ) {
    if (isAbandoned(lock)) {
      rmSync(lock, { recursive: true, force: true });
      continue;
    }
    if (!told)
      say(`waiting for another process that is preparing ${path} (if there is none, delete ${lock})`);
    told = true;
    await sleep(500);
  }
  try {
    return await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}

/** @param {string} lock */
function tryLock(lock) {
  try {
    mkdirSync(lock);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
  writeFileSync(join(lock, 'owner.json'), JSON.stringify({ pid: process.pid, host: hostname() }));
  return true;
}

/** @param {string} lock */
function isAbandoned(lock) {
  try {
    const owner = JSON.parse(readFileSync(join(lock, 'owner.json'), 'utf8'));
    return owner.host === hostname() && !isRunning(owner.pid);
  } catch {
    // no owner yet: the process is between its two calls, or it died there
    const made = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
    return made !== undefined && Date.now() - made > 10_000;
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
