import { closeSync, readdirSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FileError, ShapeError } from '../errors.ts';
import { prepareFile, writeAll } from './atomic.ts';
import { temporaryFolder, thrownBy } from './golden.fixture.ts';

test('the target appears with commit(), and not before', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'target');
  writeFileSync(path, 'old');
  const file = prepareFile(path, (fd) => writeAll(fd, Buffer.from('new')));
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder.path)).toHaveLength(2);
  file.commit();
  file.discard();
  expect(readFileSync(path, 'utf8')).toBe('new');
  expect(readdirSync(folder.path)).toEqual(['target']);
});

test('discard() leaves the old file', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'target');
  writeFileSync(path, 'old');
  prepareFile(path, (fd) => writeAll(fd, Buffer.from('new'))).discard();
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(folder.path)).toEqual(['target']);
});

const noSpace = Object.assign(new Error('ENOSPC: no space left on device, write'), {
  code: 'ENOSPC',
  syscall: 'write',
});

test.each([
  [
    'a full disk',
    () => {
      throw noSpace;
    },
    FileError,
    /"[^"]*target": ENOSPC.*not changed/,
  ],
  [
    'the addon cannot write',
    () => {
      throw new FileError('writeFile', 'cannot write: No space left');
    },
    FileError,
    /target".*No space left/,
  ],
  ['a flush that fails', (fd: number) => closeSync(fd), FileError, /EBADF/],
  [
    'another error of this package',
    () => {
      throw new ShapeError('op', 'no');
    },
    ShapeError,
    /^op: no$/,
  ],
])('%s leaves nothing behind', (_, fail, type, message) => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'target');
  const error = thrownBy(() =>
    prepareFile(path, (fd) => {
      writeSync(fd, 'half');
      fail(fd);
    }),
  );
  expect(error).toBeInstanceOf(type);
  expect((error as Error).message).toMatch(message);
  expect(readdirSync(folder.path)).toEqual([]);
});
