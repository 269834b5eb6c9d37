import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { folderOf, readAll, reasonsOf, sourcesOf } from './testFolder.fixture.ts';

describe('walking folders', () => {
  test('files come sorted by code unit, whatever the locale', async () => {
    const folder = folderOf({
      'b.md': 'x',
      'B.md': 'x',
      'a10.md': 'x',
      'a2.md': 'x',
      'ä.md': 'x',
      'a/z.md': 'x',
      'a/b/c.txt': 'x',
    });
    expect(sourcesOf(await readAll(folder))).toEqual([
      'B.md',
      'a/b/c.txt',
      'a/z.md',
      'a10.md',
      'a2.md',
      'b.md',
      'ä.md',
    ]);
  });

  test('hidden files, node_modules and unknown extensions are passed over, and told if asked for', async () => {
    const folder = folderOf({
      '.hidden.md': 'x',
      '.git/a.md': 'x',
      'node_modules/a/b.md': 'x',
      'logo.PNG': 'x',
      'a.MD': 'x',
      LICENSE: 'x',
    });
    expect(await readAll(folder)).toHaveLength(1);
    expect(reasonsOf(await readAll(folder, { reportSkipped: true }))).toEqual([
      '.git: hidden',
      '.hidden.md: hidden',
      'LICENSE: unknown extension',
      'logo.PNG: unknown extension',
      'node_modules: node_modules',
    ]);
  });

  test('include and exclude', async () => {
    const folder = folderOf({
      'a.md': 'x',
      'b.txt': 'x',
      'sub/c.md': 'x',
      'sub/deep/d.txt': 'x',
      'drafts/e.md': 'x',
    });
    const sources = async (options: object) => sourcesOf(await readAll(folder, options));
    expect(await sources({ include: ['*.md'] })).toEqual(['a.md', 'drafts/e.md', 'sub/c.md']);
    expect(await sources({ include: ['sub/**'], exclude: ['deep'] })).toEqual(['sub/c.md']);
    expect(await sources({ exclude: ['drafts', '**/*.{txt,rst}'] })).toEqual(['a.md', 'sub/c.md']);
    expect(await sources({ include: ['?.md', '/sub/*'] })).toEqual(['a.md', 'drafts/e.md', 'sub/c.md']);
  });

  test('several paths: each source begins with its path', async () => {
    const folder = folderOf({ 'one/docs/a.md': 'x', 'two/docs/a.md': 'y', 'c.txt': 'z' });
    const results = await readAll([
      join(folder, 'two/docs'),
      join(folder, 'one/docs/'),
      join(folder, 'c.txt'),
    ]);
    expect(sourcesOf(results)).toEqual(['docs/a.md', 'docs-2/a.md', 'c.txt']);
  });

  test('a path that is not there does not stop the others', async () => {
    const folder = folderOf({ 'a.md': 'x' });
    const results = await readAll([join(folder, 'missing'), folder]);
    expect(reasonsOf(results)[0]).toMatch(/^missing: ENOENT/);
    expect(sourcesOf(results)).toHaveLength(1);
    expect(reasonsOf(await readAll(join(folder, 'missing')))[0]).toMatch(/^\.: ENOENT/);
  });

  test('links are passed over, or followed once, loops and all', async () => {
    const outside = folderOf({ 'far.md': 'x' });
    const folder = folderOf({ 'a.md': 'x', 'sub/b.md': 'x' });
    symlinkSync(folder, join(folder, 'sub/loop'));
    symlinkSync('b.md', join(folder, 'sub/again.md'));
    symlinkSync(outside, join(folder, 'out'));
    symlinkSync('nowhere.md', join(folder, 'broken.md'));
    symlinkSync('self.md', join(folder, 'self.md'));
    expect(sourcesOf(await readAll(folder))).toEqual(['a.md', 'sub/b.md']);
    const followed = await readAll(folder, { followLinks: true });
    expect(sourcesOf(followed)).toEqual(['a.md', 'out/far.md', 'sub/again.md']);
    expect(reasonsOf(followed)).toEqual([
      expect.stringMatching(/^broken.md: ENOENT/),
      expect.stringMatching(/^self.md: ELOOP/),
    ]);
  });

  test.skipIf(process.platform === 'win32')('a pipe is not waited for', async () => {
    const folder = folderOf({ 'a.md': 'x' });
    execFileSync('mkfifo', [join(folder, 'pipe.txt')]);
    expect(reasonsOf(await readAll(folder, { reportSkipped: true }))).toEqual([
      'pipe.txt: neither file nor folder',
    ]);
    expect(reasonsOf(await readAll(join(folder, 'pipe.txt'), { reportSkipped: true }))).toHaveLength(1);
  });

  test('a folder named like a file is a folder', async () => {
    const folder = folderOf({ 'notes.md/a.txt': 'x' });
    mkdirSync(join(folder, 'corpus.jsonl'));
    expect(sourcesOf(await readAll(folder))).toEqual(['notes.md/a.txt']);
  });
});
