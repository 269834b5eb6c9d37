import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { checkLayers } from './check-layers.mjs';

const made: string[] = [];
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true });
});

const manifests: Record<string, object> = {
  'packages/torch/package.json': {
    name: '@ragwright/torch',
    exports: { '.': './dist/index.js', './nn': './dist/nn.js' },
  },
  'packages/core/package.json': {
    name: '@ragwright/core',
    exports: {
      '.': './dist/index.js',
      './models': './dist/models/index.js',
      './stores/*': './dist/stores/*.js',
      './recipes': './r.js',
    },
    dependencies: { zod: '4' },
  },
  'packages/server/package.json': { name: '@ragwright/server', exports: { '.': './dist/index.js' } },
  'packages/studio/package.json': { name: '@ragwright/studio' },
  'packages/cli/package.json': { name: 'ragwright' },
};

/** Checks a workspace with these files; gives "path: message" of each violation. */
function check(files: Record<string, string>): string[] {
  const root = mkdtempSync(join(tmpdir(), 'layers-'));
  made.push(root);
  const all = {
    ...Object.fromEntries(Object.entries(manifests).map(([path, json]) => [path, JSON.stringify(json)])),
    ...files,
  };
  for (const [path, text] of Object.entries(all)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return checkLayers(root).map(({ file, line, message }) => `${file}:${line}: ${message}`);
}

/** One file that holds one import, and the file that it names, if relative. */
const one = (path: string, text: string, others: Record<string, string> = {}) =>
  check({ [path]: text, ...others });

test('this workspace', () => {
  expect(checkLayers(fileURLToPath(new URL('..', import.meta.url)))).toEqual([]);
});

describe('between packages', () => {
  test.each([
    ['packages/core/src/index.ts', "import { Tensor } from '@ragwright/torch';"],
    ['packages/core/src/models/a.ts', "import { Linear } from '@ragwright/torch/nn';"],
    ['packages/server/src/index.ts', "import '@ragwright/core';"],
    ['packages/studio/src/index.tsx', "import type { Event } from '@ragwright/server';"],
    ['packages/studio/src/index.tsx', "let e: import('@ragwright/server').Event;"],
    ['packages/cli/src/index.ts', "export { x } from '@ragwright/core/recipes';"],
    ['examples/a.ts', "import { x } from '@ragwright/core/recipes';"],
    ['bench/a.mjs', "import { x } from '@ragwright/torch/nn';"],
    ['packages/core/src/index.ts', "import { z } from 'zod'; import fs from 'node:fs';"],
    ['packages/core/src/a.test.ts', "import { test } from 'vitest';"],
    ['packages/core/src/knowledge/a.ts', "import type { S } from '@ragwright/core/stores/lance';"],
  ])('%s may hold %s', (path, text) => {
    expect(one(path, text)).toEqual([]);
  });

  test.each([
    [
      'packages/torch/src/index.ts',
      "import '@ragwright/core';",
      /@ragwright\/torch must not import @ragwright\/core/,
    ],
    ['packages/torch/src/index.ts', "import type { A } from '@ragwright/core';", /must not import/],
    ['packages/core/src/index.ts', "import '@ragwright/server';", /must not import/],
    ['packages/core/src/index.ts', "export * from 'ragwright';", /must not import/],
    ['packages/server/src/index.ts', "import '@ragwright/torch';", /must not import/],
    ['packages/server/src/index.ts', "await import('@ragwright/studio');", /must not import/],
    ['packages/studio/src/index.ts', "import { Event } from '@ragwright/server';", /types only/],
    ['packages/studio/src/index.ts', "import { type Event } from '@ragwright/server';", /types only/],
    ['packages/studio/src/index.ts', "import type { A } from '@ragwright/core';", /must not import/],
    [
      'packages/server/src/index.ts',
      "import '@ragwright/core/recipes';",
      /only ragwright and examples and bench load recipes/,
    ],
    ['packages/core/src/index.ts', "import 'lodash';", /lodash is not among the dependencies/],
    ['packages/core/src/index.ts', "import fs from 'fs';", /write node:fs/],
    ['packages/torch/setup/main.mjs', "import 'typescript';", /before anything is installed/],
  ])('%s must not hold %s', (path, text, message) => {
    const found = one(path, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
    expect(found[0]).toMatch(new RegExp(`^${path}:1: `));
  });

  test('benchmarks and examples may share files of their own', () => {
    const shared = { 'bench/shared/b.mjs': '', 'bench/ops/a.mjs': "import '../shared/b.mjs';" };
    expect(check(shared)).toEqual([]);
  });

  test('a package that has no rule', () => {
    expect(one('packages/x/package.json', '{"name":"@ragwright/x"}')).toEqual([
      'packages/x/package.json:1: package @ragwright/x is not in scripts/layers/rules.mjs',
    ]);
  });
});

describe('deep imports', () => {
  const target = { 'packages/torch/src/tensor.ts': '' };
  test.each([
    [
      'packages/core/src/index.ts',
      "import '@ragwright/torch/dist/tensor.js';",
      /does not export \.\/dist\/tensor\.js/,
    ],
    ['packages/core/src/index.ts', "import '../../torch/src/tensor.ts';", /reaches into another package/],
    ['packages/core/src/a.test.ts', "import '../../torch/src/tensor.ts';", /reaches into another package/],
    ['examples/a.ts', "import '../packages/torch/src/tensor.ts';", /reaches into another package/],
    ['packages/core/src/index.ts', "import '../../../scripts/x.mjs';", /reaches into another package/],
    ['packages/core/src/index.ts', "import './absent.ts';", /no such file/],
    ['packages/core/src/index.ts', "import './a.test.ts';", /tests and fixtures are not built/],
  ])('%s: %s', (path, text, message) => {
    const found = one(path, text, {
      ...target,
      'packages/core/src/a.test.ts': path.includes('a.test') ? text : '',
    });
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(message);
  });
});

describe('rooms of core', () => {
  const at = (room: string) => `packages/core/src/${room}/a.ts`;
  const importing = (from: string, to: string, keyword = 'import') => {
    const up = '../'.repeat(from.split('/').length);
    return one(at(from), `${keyword} { x } from '${up}${to}/b.ts';`, {
      [`packages/core/src/${to}/b.ts`]: '',
    });
  };

  test.each([
    ['text', 'base'],
    ['corpus', 'text'],
    ['knowledge', 'corpus'],
    ['knowledge/rag', 'knowledge/stores'],
    ['models', 'text'],
    ['learning/pairs', 'knowledge/retrieval'],
    ['learning/objectives', 'learning/batches'],
    ['learning/training', 'learning/objectives'],
    ['learning/recipes', 'learning/training'],
    ['learning/recipes', 'knowledge'],
    ['learning/recipes', 'evaluation'],
    ['evaluation/judge', 'models'],
  ])('%s may import %s', (from, to) => {
    expect(importing(from, to)).toEqual([]);
  });

  test.each([
    ['base', 'text'],
    ['text', 'corpus'],
    ['corpus', 'knowledge'],
    ['text', 'models'],
    ['knowledge', 'models'],
    ['models', 'corpus'],
    ['models', 'learning/training'],
    ['learning/objectives', 'knowledge/retrieval'],
    ['learning/batches', 'knowledge'],
    ['learning/training', 'knowledge'],
    ['learning/objectives', 'learning/training'],
    ['learning/pairs', 'learning/recipes'],
    ['evaluation', 'learning/recipes'],
    ['federation', 'learning/recipes'],
    ['export', 'evaluation'],
  ])('%s must not import %s, nor its types', (from, to) => {
    for (const keyword of ['import', 'import type', 'export', 'export type']) {
      const found = importing(from, to, keyword);
      expect(found).toHaveLength(1);
      expect(found[0]).toContain(
        `${from.startsWith('learning') ? from : from.split('/')[0]} must not import`,
      );
    }
  });

  test('the engine belongs to models and what comes after', () => {
    const engine = "import type { Tensor } from '@ragwright/torch';";
    for (const room of ['models', 'learning/objectives', 'evaluation'])
      expect(one(at(room), engine)).toEqual([]);
    for (const room of ['base', 'text', 'corpus', 'knowledge']) {
      expect(one(at(room), engine)[0]).toMatch(/must not import the engine/);
    }
  });

  test('an unknown folder, and the index from within', () => {
    expect(importing('misc', 'base')[0]).toMatch(/misc is not a room/);
    const upward = one(at('models'), "import '../index.ts';", { 'packages/core/src/index.ts': '' });
    expect(upward[0]).toMatch(/must not import the index/);
    expect(
      one('packages/core/src/index.ts', "export { x } from './models/b.ts';", {
        [at('models')]: '',
        'packages/core/src/models/b.ts': '',
      }),
    ).toEqual([]);
  });
});

describe('cycles', () => {
  const src = (name: string) => `packages/torch/src/${name}.ts`;

  test('within a package, with the way around', () => {
    const found = check({
      [src('a')]: "import './b.ts';",
      [src('b')]: "export { x } from './c.ts';",
      [src('c')]: "import { type X } from './a.ts';",
    });
    expect(found).toEqual([
      `${src('a')}:1: import cycle: ${[src('a'), src('b'), src('c'), src('a')].join(' → ')}`,
    ]);
  });

  test('of a file with itself', () => {
    expect(one(src('a'), "import './a.ts';")[0]).toMatch(/import cycle/);
  });

  test('types and deferred imports are no cycle: they do not run while modules are evaluated', () => {
    const found = check({
      [src('a')]: "import './b.ts';",
      [src('b')]: "import type { A } from './a.ts'; export const load = () => import('./a.ts');",
    });
    expect(found).toEqual([]);
  });

  test('a diamond is no cycle', () => {
    const files = {
      [src('a')]: "import './b.ts'; import './c.ts';",
      [src('b')]: "import './d.ts';",
      [src('c')]: "import './d.ts';",
    };
    expect(check({ ...files, [src('d')]: '' })).toEqual([]);
  });

  test('between packages, types included', () => {
    const found = check({
      'packages/torch/src/index.ts': "import type { A } from '@ragwright/core';",
      'packages/core/src/index.ts': "import type { B } from '@ragwright/torch';",
    });
    expect(found.join()).toMatch(/import cycle: @ragwright\/core → @ragwright\/torch → @ragwright\/core/);
  });
});
