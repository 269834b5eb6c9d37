import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const rows = readFileSync(join(root, 'FEATURES.md'), 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (-+|feature) /.test(line));
const filesIn = (row: string) => [...row.matchAll(/`([^`]+\.test\.ts)`/g)].map(([, file]) => file as string);

test.each(rows)('%s', (row) => {
  const files = filesIn(row);
  expect(files).not.toEqual([]);
  for (const file of files) expect(existsSync(join(root, file)), file).toBe(true);
});

/** Tests of a part that is not a feature by itself. */
const parts = [
  'packages/torch/setup/cache.test.ts',
  'packages/torch/setup/elf.test.ts',
  'packages/torch/setup/zip.test.ts',
  'packages/torch/src/safetensors/json.test.ts',
];

test('every test file proves a feature', () => {
  const folders = [
    'scripts',
    ...readdirSync(join(root, 'packages')).flatMap((name) => [
      `packages/${name}/src`,
      `packages/${name}/setup`,
    ]),
  ];
  const files = folders
    .filter((folder) => existsSync(join(root, folder)))
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map(
        (file) => `${folder}/${file}`,
      ),
    )
    .filter((file) => file.endsWith('.test.ts'));
  const listed = new Set([...parts, ...rows.flatMap(filesIn)]);
  expect(files.filter((file) => !listed.has(file))).toEqual([]);
});
