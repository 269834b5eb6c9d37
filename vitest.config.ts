import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@ragwright\/torch$/, replacement: source('packages/torch/src/index.ts') },
      { find: /^@ragwright\/torch\/(.+)$/, replacement: source('packages/torch/src/$1/index.ts') },
      { find: /^@ragwright\/core$/, replacement: source('packages/core/src/index.ts') },
      { find: /^@ragwright\/core\/(.+)$/, replacement: source('packages/core/src/$1/index.ts') },
    ],
  },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'scripts/**/*.test.ts', 'packages/*/setup/**/*.test.ts'],
    pool: 'forks', // the handle table is one per process, so each test file gets a process
    maxWorkers: 2,
    env: { OMP_WAIT_POLICY: 'passive' }, // two test processes share the cores: waiting threads must not spin
    testTimeout: 60_000,
  },
});
