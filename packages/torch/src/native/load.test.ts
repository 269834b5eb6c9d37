import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setEnvironmentData } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NativeAddonMissingError } from './missing.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-load-'));
  vi.resetModules();
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllEnvs();
});

const loading = async (addon: string) => {
  vi.stubEnv('RAGWRIGHT_TORCH_ADDON', addon);
  return import('./load.ts').then(
    () => undefined,
    (error: unknown) => error,
  );
};

describe('loading the addon', () => {
  it('names the path that is missing and the command that helps', async () => {
    const addon = join(folder, 'absent.node');
    const error = await loading(addon);
    expect((error as Error).name).toBe('NativeAddonMissingError');
    expect((error as NativeAddonMissingError).tried).toEqual([
      { path: addon, reason: 'there is no such file' },
    ]);
    expect((error as Error).message).toContain('npx ragwright-torch setup');
    expect((error as Error).message).toContain(addon);
  });

  it('reports a file that is no addon', async () => {
    const addon = join(folder, 'broken.node');
    writeFileSync(addon, 'not a library');
    const error = await loading(addon);
    expect((error as Error).name).toBe('NativeAddonMissingError');
    expect((error as NativeAddonMissingError).tried[0]?.path).toBe(addon);
    expect((error as Error).cause).toBeInstanceOf(Error);
  });

  it('is found by isInstance', () => {
    const error = new NativeAddonMissingError([{ path: 'a', reason: 'b' }]);
    expect(NativeAddonMissingError.isInstance(error)).toBe(true);
    expect(NativeAddonMissingError.isInstance(new Error('a'))).toBe(false);
  });
});

describe('the number of threads', () => {
  const load = async () => {
    vi.resetModules();
    return (await import('./load.ts')).native;
  };

  it('is OMP_NUM_THREADS, else what the machine offers, and is set once', async () => {
    setEnvironmentData('ragwright.torch.threads', undefined);
    vi.stubEnv('OMP_NUM_THREADS', undefined);
    expect((await load()).getNumThreads()).toBe(availableParallelism());

    setEnvironmentData('ragwright.torch.threads', undefined);
    vi.stubEnv('OMP_NUM_THREADS', '3,2');
    const native = await load();
    expect(native.getNumThreads()).toBe(3);

    native.setNumThreads(1);
    expect((await load()).getNumThreads()).toBe(1);
  });
});
