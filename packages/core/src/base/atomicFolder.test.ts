import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { removeLeftovers, writeFolderAtomic } from './atomicFolder.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'ragwright-folder-'));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

it('is there once it is complete, and replaces an older one', async () => {
  const folder = join(parent, 'deep', 'made');
  await writeFolderAtomic(folder, (temporary) => {
    writeFileSync(join(temporary, 'a'), 'first');
    expect(existsSync(folder)).toBe(false);
  });
  await writeFolderAtomic(folder, async (temporary) => writeFileSync(join(temporary, 'b'), 'second'));
  expect(readdirSync(folder)).toEqual(['b']);
  expect(readFileSync(join(folder, 'b'), 'utf8')).toBe('second');
  expect(readdirSync(join(parent, 'deep'))).toEqual(['made']);
});

it('leaves nothing when filling it fails, and the old one as it was', async () => {
  const folder = join(parent, 'made');
  await writeFolderAtomic(folder, (temporary) => writeFileSync(join(temporary, 'a'), 'first'));
  const failing = writeFolderAtomic(folder, (temporary) => {
    writeFileSync(join(temporary, 'a'), 'second');
    throw new RangeError('full');
  });
  await expect(failing).rejects.toThrow(new RangeError('full'));
  expect(readdirSync(parent)).toEqual(['made']);
  expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('first');
});

it('what a killed process left is removed, and nothing else', async () => {
  mkdirSync(join(parent, '.made.0123abcd.tmp'));
  writeFileSync(join(parent, '.made.0123abcd.tmp', 'a'), 'half');
  mkdirSync(join(parent, '.hidden'));
  writeFileSync(join(parent, 'a.tmp'), '');
  expect(await removeLeftovers(parent)).toEqual(['.made.0123abcd.tmp']);
  expect(readdirSync(parent).sort()).toEqual(['.hidden', 'a.tmp']);
  expect(await removeLeftovers(join(parent, 'nowhere'))).toEqual([]);
});
