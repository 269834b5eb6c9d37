import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import {
  cacheRoot,
  createFolder,
  dropLeftovers,
  temporaryName,
  withLock,
  writeAtomically,
} from './cache.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-cache-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

it('the cache is RAGWRIGHT_CACHE, else below XDG_CACHE_HOME', () => {
  vi.stubEnv('XDG_CACHE_HOME', '/xdg');
  vi.stubEnv('RAGWRIGHT_CACHE', undefined);
  expect(cacheRoot()).toBe('/xdg/ragwright');
  vi.stubEnv('RAGWRIGHT_CACHE', '/mine');
  expect(cacheRoot()).toBe('/mine');
});

it('a folder appears whole or not at all', async () => {
  const target = join(folder, 'target');
  const fails = createFolder(target, async (temporary) => {
    writeFileSync(join(temporary, 'half'), '');
    throw new Error('interrupted');
  });
  await expect(fails).rejects.toThrow('interrupted');
  expect(readdirSync(folder)).toEqual([]);

  await createFolder(target, async (temporary) => writeFileSync(join(temporary, 'file'), 'first'));
  await createFolder(target, async (temporary) => writeFileSync(join(temporary, 'file'), 'second'));
  expect(readFileSync(join(target, 'file'), 'utf8')).toBe('first');
  await createFolder(target, async (temporary) => writeFileSync(join(temporary, 'file'), 'third'), {
    replace: true,
  });
  expect(readFileSync(join(target, 'file'), 'utf8')).toBe('third');
  expect(readdirSync(folder)).toEqual(['target']);
});

it('a file is replaced as a whole', () => {
  const path = join(folder, 'new', 'file');
  writeAtomically(path, 'one');
  writeAtomically(path, 'two');
  expect(readFileSync(path, 'utf8')).toBe('two');
  expect(readdirSync(join(folder, 'new'))).toEqual(['file']);
});

it('a lock lets one in at a time and is freed after a failure', async () => {
  const path = join(folder, 'job');
  const log: string[] = [];
  const job = (name: string) =>
    withLock(path, async () => {
      log.push(`${name} in`);
      await sleep(20);
      log.push(`${name} out`);
      if (name === 'first') throw new Error('failed');
    });
  const results = await Promise.allSettled([job('first'), job('second')]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(log).toEqual(['first in', 'first out', 'second in', 'second out']);
  expect(existsSync(`${path}.lock`)).toBe(false);
});

it('a lock whose owner has died is taken over', async () => {
  const path = join(folder, 'job');
  mkdirSync(`${path}.lock`);
  const dead = 2 ** 22 + 1; // above Linux's largest process id
  writeFileSync(join(`${path}.lock`, 'owner.json'), JSON.stringify({ pid: dead, host: hostname() }));
  expect(await withLock(path, async () => 'done')).toBe('done');
});

it('what a killed process left is removed, what a living one works on is not', () => {
  const path = join(folder, 'target');
  const living = temporaryName(path);
  for (const name of [
    'target.tmp-4194305-0123abcd',
    'target.download.tmp-4194305-0123abcd',
    'other.tmp-4194305-0123abcd',
  ]) {
    mkdirSync(join(folder, name));
  }
  mkdirSync(living);
  dropLeftovers(path);
  expect(readdirSync(folder).sort()).toEqual(['other.tmp-4194305-0123abcd', basename(living)]);
});
