import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Candidate, Libtorch, SourceName } from './libtorch.mjs';
import { SetupError } from './libtorch.mjs';
import { ORDER, parseSource, resolveLibtorch, type Sources } from './resolve.mjs';
import { candidates as fromEnv } from './sources/env.mjs';
import { candidates as fromPython } from './sources/python.mjs';

afterEach(() => {
  vi.unstubAllEnvs();
});

const libtorch = (source: SourceName, version: string): Libtorch => ({
  source,
  version,
  where: `a libtorch from ${source}`,
  lib: '/nowhere/lib',
  include: [],
  cxx11Abi: 1,
});

const candidate = (source: SourceName, version: string | Error): Candidate => ({
  source,
  title: `a candidate of ${source}`,
  obtain: async () => {
    if (version instanceof Error) throw version;
    return libtorch(source, version);
  },
});

const sources = (given: Partial<Record<SourceName, Candidate[]>>): Sources => {
  const entries = ORDER.map((source) => [
    source,
    {
      candidates: async function* () {
        yield* given[source] ?? [];
      },
    },
  ]);
  return Object.fromEntries(entries);
};

const accept = async (found: Libtorch) => `proof of ${found.version}`;

describe('the order of the sources', () => {
  it('is LIBTORCH, Python, wheel, Debian', async () => {
    expect(ORDER).toEqual(['env', 'python', 'wheel', 'debian']);
    const all = sources({
      debian: [candidate('debian', '1.13.1')],
      wheel: [candidate('wheel', '2.13.0')],
      python: [candidate('python', '2.9.0')],
    });
    const { libtorch: found, proof, passedOver } = await resolveLibtorch(accept, { sources: all });
    expect(found.source).toBe('python');
    expect(proof).toBe('proof of 2.9.0');
    expect(passedOver).toEqual(['env: LIBTORCH is not set']);
  });

  it('goes on when a source has nothing, and when what it has fails the proof, and says why', async () => {
    const tried: string[] = [];
    const prove = async (found: Libtorch) => {
      tried.push(found.version);
      if (found.source !== 'debian') throw new SetupError('libcupti.so.13: cannot open shared object file');
    };
    const all = sources({
      python: [candidate('python', new SetupError('python3 has no torch')), candidate('python', '2.1.0')],
      wheel: [candidate('wheel', '2.13.0')],
      debian: [candidate('debian', '1.13.1')],
    });
    const { libtorch: found, passedOver } = await resolveLibtorch(prove, { sources: all });
    expect(found.source).toBe('debian');
    expect(tried).toEqual(['2.1.0', '2.13.0', '1.13.1']);
    expect(passedOver).toEqual([
      'env: LIBTORCH is not set',
      'python: a candidate of python: python3 has no torch',
      'python: a candidate of python: libcupti.so.13: cannot open shared object file',
      'wheel: a candidate of wheel: libcupti.so.13: cannot open shared object file',
    ]);
  });

  it('can be cut down to one', async () => {
    const all = sources({ wheel: [candidate('wheel', '2.13.0')], debian: [candidate('debian', '1.13.1')] });
    const { libtorch: found } = await resolveLibtorch(accept, { sources: all, only: 'debian' });
    expect(found.version).toBe('1.13.1');
  });

  it('ends with everything that was tried and what helps', async () => {
    const all = sources({ wheel: [candidate('wheel', new SetupError('no pip found'))] });
    const error = await resolveLibtorch(accept, { sources: all }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SetupError);
    const { message } = error as Error;
    for (const words of [
      'LIBTORCH is not set',
      'no Python',
      'no pip found',
      'no Debian',
      'pip install torch',
    ]) {
      expect(message).toContain(words);
    }
  });

  it('does not hide a bug of ours behind the next source', async () => {
    const all = sources({
      env: [candidate('env', new TypeError('bug'))],
      wheel: [candidate('wheel', '2.13.0')],
    });
    await expect(resolveLibtorch(accept, { sources: all })).rejects.toThrow(TypeError);
  });

  it('refuses the name of a source that there is not', () => {
    expect(parseSource('')).toBeUndefined();
    expect(parseSource('debian')).toBe('debian');
    expect(() => parseSource('conda')).toThrow(/env, python, wheel, debian/);
  });
});

describe('real sources', () => {
  const first = async (source: () => AsyncIterable<Candidate>) => {
    for await (const each of source()) return each;
    return undefined;
  };

  it('LIBTORCH that is no libtorch says what is expected', async () => {
    vi.stubEnv('LIBTORCH', '/nowhere');
    await expect((await first(fromEnv))?.obtain()).rejects.toThrow('a folder that has lib/ and include/');
  });

  it('without LIBTORCH there is no candidate', async () => {
    vi.stubEnv('LIBTORCH', '');
    expect(await first(fromEnv)).toBeUndefined();
  });

  it('a Python that cannot run is a reason, not a crash', async () => {
    vi.stubEnv('VIRTUAL_ENV', '/nowhere');
    vi.stubEnv('CONDA_PREFIX', undefined);
    vi.stubEnv('PATH', '/nowhere');
    expect(await first(fromPython)).toBeUndefined();
  });
});
