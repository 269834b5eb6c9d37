import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { checkExports } from './check-exports.mjs';

const manifest = {
  name: 'thing',
  version: '1.0.0',
  type: 'module',
  license: 'Apache-2.0',
  sideEffects: false,
  engines: { node: '>=20' },
  files: ['dist'],
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' } },
};

const good: Record<string, string> = {
  'packages/thing/package.json': JSON.stringify(manifest),
  'packages/thing/README.md': '# thing',
  'packages/thing/LICENSE': 'text',
  'packages/thing/src/index.ts': "export { one } from './one.ts';",
  'packages/thing/dist/index.js': 'export const one = 1;',
  'packages/thing/dist/index.d.ts': 'export declare const one: 1;',
};

/** Checks a workspace of one package: the good one with these files changed (null: absent). */
async function check(changes: Record<string, string | null> = {}): Promise<string[]> {
  const root = mkdtempSync(join(tmpdir(), 'exports-'));
  try {
    for (const [path, text] of Object.entries({ ...good, ...changes })) {
      if (text === null) continue;
      mkdirSync(dirname(join(root, path)), { recursive: true });
      writeFileSync(join(root, path), text);
    }
    return await checkExports(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

const withManifest = (changes: object) =>
  check({ 'packages/thing/package.json': JSON.stringify({ ...manifest, ...changes }) });

test('this workspace', async () => {
  expect(await checkExports(fileURLToPath(new URL('..', import.meta.url)))).toEqual([]);
});

test('a package as it should be', async () => {
  expect(await check()).toEqual([]);
});

test('an entry that is not built', async () => {
  const problems = await check({
    'packages/thing/dist/index.js': null,
    'packages/thing/dist/index.d.ts': null,
  });
  expect(problems).toContain('thing: exports .: ./dist/index.js is not built');
  expect(problems).toContain('thing: exports .: ./dist/index.d.ts is not built');
});

test('an entry without types, or without a default', async () => {
  expect(await withManifest({ exports: { '.': { default: './dist/index.js' } } })).toContain(
    'thing: exports .: no "types"',
  );
  const problems = await withManifest({ exports: { '.': { types: './dist/index.d.ts' } } });
  expect(problems).toContain('thing: exports .: no "default"');
});

test('an entry that cannot be imported, or exports nothing', async () => {
  const [broken] = await check({
    'packages/thing/dist/index.js': "import './absent.js'; export const one = 1;",
  });
  expect(broken).toMatch(/^thing: exports \.: cannot be imported: .*absent\.js/);
  const ending = await check({ 'packages/thing/dist/index.js': 'process.exit(3); export const one = 1;' });
  expect(ending[0]).toMatch(/^thing: exports: importing them ended the process/);
  expect(await check({ 'packages/thing/dist/index.js': 'export {};' })).toEqual([
    'thing: exports .: exports nothing',
  ]);
});

test('export * in an index, other than of generated ops', async () => {
  const index = (text: string) =>
    check({ 'packages/thing/src/index.ts': text, 'packages/thing/src/one.ts': '' });
  expect(await index("export * from './one.ts';")).toEqual([
    "thing: packages/thing/src/index.ts: export * from './one.ts'; name what is exported",
  ]);
  expect(await index("export * from './ops/index.ts';\nexport * from './ops.generated.ts';")).toEqual([]);
  expect(await index("export * as one from './one.ts';")).toEqual([]);
});

test('a tarball with what does not belong there, or without what does', async () => {
  const problems = await check({
    'packages/thing/dist/a.test.ts': '',
    'packages/thing/dist/.tsbuildinfo': '',
    'packages/thing/LICENSE': null,
  });
  expect(problems.sort()).toEqual([
    'thing: the tarball holds dist/.tsbuildinfo; exclude it in "files"',
    'thing: the tarball holds dist/a.test.ts; exclude it in "files"',
    'thing: the tarball lacks LICENSE',
  ]);
});

test('an entry that is built but not packed', async () => {
  expect(await withManifest({ files: ['dist/*.js'] })).toEqual(['thing: the tarball lacks dist/index.d.ts']);
});

test('what publint finds', async () => {
  const problems = await withManifest({ type: 'commonjs' });
  expect(problems.some((problem) => problem.startsWith('thing: publint: '))).toBe(true);
});
