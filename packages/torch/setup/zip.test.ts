import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeZip, type ZipFile } from './zip.fixture.ts';
import { withZip } from './zip.mjs';
import { ZipError } from './zip-directory.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-zip-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const extractAll = async (archive: Buffer, only = (_name: string): boolean => true) => {
  const path = join(folder, 'archive.zip');
  const target = join(folder, 'target');
  writeFileSync(path, archive);
  await withZip(path, async (zip) => {
    for (const entry of zip.entries) if (only(entry.name)) await zip.extract(entry, target);
  });
  return target;
};

describe('extracting', () => {
  it('writes the chosen entries with their bytes and their executable bit', async () => {
    const archive = makeZip([
      { name: 'folder/', content: '', stored: true },
      { name: 'folder/a.txt', content: 'deflated '.repeat(100) },
      { name: 'folder/deep/b.txt', content: 'stored', stored: true },
      { name: 'run.sh', content: 'echo', mode: 0o100755 },
      { name: 'empty', content: '' },
      { name: 'left-out', content: 'x' },
    ]);
    const target = await extractAll(archive, (name) => name !== 'left-out');
    expect(readFileSync(join(target, 'folder/a.txt'), 'utf8')).toBe('deflated '.repeat(100));
    expect(readFileSync(join(target, 'folder/deep/b.txt'), 'utf8')).toBe('stored');
    expect(readFileSync(join(target, 'empty'), 'utf8')).toBe('');
    expect(statSync(join(target, 'run.sh')).mode & 0o111).not.toBe(0);
    expect(statSync(join(target, 'folder/a.txt')).mode & 0o111).toBe(0);
    expect(readdirSync(target).sort()).toEqual(['empty', 'folder', 'run.sh']);
  });

  it.each([true, false])('streams what is too large for memory (stored: %s)', async (stored) => {
    const content = Buffer.alloc(9 * 1024 * 1024, 'ragwright');
    const target = await extractAll(makeZip([{ name: 'large', content, stored }]));
    expect(readFileSync(join(target, 'large')).equals(content)).toBe(true);
  });

  it('understands ZIP64 fields', async () => {
    const archive = makeZip([
      { name: 'first', content: 'one' },
      { name: 'second', content: 'two', zip64: true },
    ]);
    expect(readFileSync(join(await extractAll(archive), 'second'), 'utf8')).toBe('two');
  });
});

describe('refusing', () => {
  const large = Buffer.alloc(5 * 1024 * 1024, 'x');
  const bad: [what: string, file: ZipFile, message: RegExp][] = [
    ['a path that leads out', { name: 'a/../../evil', content: 'x' }, /leads out/],
    ['an absolute path', { name: '/evil', content: 'x' }, /absolute/],
    ['a drive', { name: 'C:/evil', content: 'x' }, /absolute/],
    ['a backslash', { name: '..\\evil', content: 'x' }, /portable/],
    ['a NUL in the name', { name: 'a\0b', content: 'x' }, /portable/],
    ['a symbolic link', { name: 'link', content: '/etc', mode: 0o120777 }, /symbolic link/],
    ['encryption', { name: 'a', content: 'x', flags: 1 }, /encrypted/],
    ['an unknown method', { name: 'a', content: 'x', method: 12 }, /method 12/],
    ['a wrong CRC', { name: 'a', content: 'x', crc: 1 }, /CRC-32/],
    ['a wrong CRC in a streamed entry', { name: 'a', content: large, crc: 1 }, /CRC-32/],
    ['more bytes than declared', { name: 'a', content: 'xxxxxxxx', size: 2 }, /damaged/],
    ['fewer bytes than declared', { name: 'a', content: 'x', size: 9 }, /1 bytes instead of 9/],
    ['a streamed bomb', { name: 'a', content: Buffer.concat([large, large]), size: large.length }, /longer/],
    [
      'stored bytes that claim to be deflated',
      { name: 'a', content: 'no', stored: true, method: 8 },
      /damaged/,
    ],
  ];
  it.each(bad)('%s', async (_what, file, message) => {
    const error = await extractAll(makeZip([file])).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ZipError);
    expect((error as Error).message).toMatch(message);
    expect(existsSync(join(folder, 'evil'))).toBe(false);
  });

  it('a name that occurs twice', async () => {
    const twice = makeZip([
      { name: 'a', content: '1' },
      { name: 'a', content: '2' },
    ]);
    await expect(extractAll(twice)).rejects.toThrow(/twice/);
  });

  it('an archive cut off anywhere', async () => {
    const archive = makeZip([
      { name: 'a', content: 'some content' },
      { name: 'b', content: large, stored: true },
    ]);
    for (const length of [0, 10, 21, 40, archive.length - 100, archive.length - 1]) {
      await expect(extractAll(archive.subarray(0, length))).rejects.toThrow(ZipError);
    }
  });

  it('an archive whose every byte may be wrong, without any other failure than a ZipError', async () => {
    const archive = makeZip([{ name: 'a', content: 'some content' }]);
    for (let at = 0; at < archive.length; at++) {
      for (const value of [0, 0x7f, 0xff]) {
        const damaged = Buffer.from(archive);
        damaged[at] = value;
        const error = await extractAll(damaged).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        if (error !== undefined) expect(error, `byte ${at} = ${value}`).toBeInstanceOf(ZipError);
      }
    }
  });
});
