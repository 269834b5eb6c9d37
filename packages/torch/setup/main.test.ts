import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const main = fileURLToPath(new URL('./main.mjs', import.meta.url));
const command = (args: readonly string[], env: Record<string, string> = {}) =>
  spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', env: { ...process.env, ...env } });

describe('ragwright-torch', () => {
  it('status loads the active addon, multiplies, and says what it is', () => {
    const { status, stdout, stderr } = command(['status', '--json']);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const report = JSON.parse(stdout);
    expect(report.works).toBe(true);
    expect(report.version.startsWith(report.libraryInfo.version.split('.').slice(0, 2).join('.'))).toBe(true);
    expect(['env', 'python', 'wheel', 'debian']).toContain(report.source);
  });

  it.each([
    ['no command', [], {}],
    ['an unknown command', ['install'], {}],
    ['an unknown option', ['setup', '--sauce'], {}],
    ['an unknown source', ['setup', '--source', 'conda'], {}],
    ['an unknown source in the environment', ['setup'], { RAGWRIGHT_TORCH_SOURCE: 'conda' }],
    ['an unknown variant', ['setup'], { RAGWRIGHT_TORCH_VARIANT: 'tpu' }],
    ['a build of nothing in particular', ['setup', '--no-activate'], { RAGWRIGHT_TORCH_SOURCE: '' }],
  ])('%s is bad usage', (_what, args, env) => {
    const { status, stderr } = command(args, env);
    expect(status).toBe(2);
    expect(stderr).not.toContain('    at '); // no stack trace
  });

  it('a source that has nothing ends with what was tried', () => {
    const { status, stderr } = command(['setup', '--source', 'env'], { LIBTORCH: '/nowhere' });
    expect(status).toBe(1);
    expect(stderr).toContain('LIBTORCH=/nowhere: expected a folder that has lib/ and include/');
    expect(stderr).not.toContain('    at ');
  });
});
