import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeLinesAtomic } from './atomicLines.ts';

describe('writeLinesAtomic', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ragwright-lines-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes lines, also many and none, into a folder it makes', async () => {
    const file = join(folder, 'a', 'b.txt');
    expect(await writeLinesAtomic(file, ['one', 'zwei ü'])).toBe(2);
    expect(await readFile(file, 'utf8')).toBe('one\nzwei ü\n');
    expect(await writeLinesAtomic(file, [])).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('');
    const many = Array.from({ length: 50_000 }, (_, i) => `line ${i} ${'x'.repeat(60)}`);
    expect(await writeLinesAtomic(file, many)).toBe(50_000);
    expect(await readFile(file, 'utf8')).toBe(`${many.join('\n')}\n`);
  });

  it('leaves the old file, and nothing else, when the lines fail', async () => {
    const file = join(folder, 'b.txt');
    await writeLinesAtomic(file, ['old']);
    async function* failing() {
      for (let i = 0; i < 50_000; i++) yield `line ${i} ${'x'.repeat(60)}`;
      throw new Error('broken');
    }
    await expect(writeLinesAtomic(file, failing())).rejects.toThrow('broken');
    expect(await readdir(folder)).toEqual(['b.txt']);
    expect(await readFile(file, 'utf8')).toBe('old\n');
  });
});
