import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ModelSourceError } from './errors.ts';
import { listModels } from './list.ts';
import { resolveModel } from './resolve.ts';
import { type HubServer, startHub } from './server.fixture.ts';
import type { ResolveOptions } from './types.ts';

const repo = 'org/tiny';
const weights = randomBytes(300_000);
let hub: HubServer;
let home: string;
let options: ResolveOptions;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'ragwright-hub-'));
  hub = await startHub(repo, {
    'config.json': '{"model_type":"bert"}',
    'tokenizer.json': '{}',
    'modules.json': JSON.stringify([
      { idx: 0, path: '', type: 'x.Transformer' },
      { idx: 1, path: '1_Pooling', type: 'x.Pooling' },
      { idx: 2, path: '2_Dense', type: 'x.Dense' },
    ]),
    '1_Pooling/config.json': '{}',
    '2_Dense/config.json': '{}',
    '2_Dense/model.safetensors': randomBytes(50),
    'model.safetensors': weights,
    'pytorch_model.bin': 'a pickle',
    'onnx/model.onnx': 'not needed',
    'onnx/config.json': 'small, though not needed',
    'README.md': '# Ümläut',
  });
  options = { env: { HF_ENDPOINT: hub.endpoint, HF_HOME: home, XDG_CACHE_HOME: home }, connectTimeout: 2000 };
});
afterEach(async () => {
  await hub[Symbol.asyncDispose]();
  rmSync(home, { recursive: true, force: true });
});

const root = (): string => join(home, 'hub', 'models--org--tiny');
const downloads = (): string[] =>
  hub.log.map(({ path }) => path).filter((path) => path.includes('/resolve/'));

describe('a model of the Hub', () => {
  test("is downloaded into huggingface_hub's cache layout, without what is not needed", async () => {
    const seen = new Map<string, number>();
    const { folder, source, failed } = await resolveModel(`hf:${repo}`, {
      ...options,
      onProgress: ({ file, received }) => seen.set(file, received),
    });
    expect([source, failed]).toEqual([`hf:${repo}`, []]);
    expect(folder).toBe(join(root(), 'snapshots', hub.commit));
    expect(readFileSync(join(root(), 'refs', 'main'), 'utf8')).toBe(hub.commit);
    expect(weights.equals(readFileSync(join(folder, 'model.safetensors')))).toBe(true);
    expect(readlinkSync(join(folder, '2_Dense', 'config.json'))).toMatch(
      /^\.\.\/\.\.\/\.\.\/blobs\/[0-9a-f]{40}$/,
    );
    expect(seen.get('model.safetensors')).toBe(weights.length);
    const got = readdirSync(folder, { recursive: true }).map(String).sort();
    expect(got).not.toContain('pytorch_model.bin');
    expect(got).not.toContain('onnx/model.onnx');
    expect(got).toContain('2_Dense/model.safetensors');
    expect(readdirSync(join(root(), 'blobs')).filter((name) => name.includes('incomplete'))).toEqual([]);
  });

  test('comes from the cache the second time, and is updated when it changed', async () => {
    const first = await resolveModel(`hf:${repo}`, options);
    const before = downloads().length;
    expect((await resolveModel(`hf:${repo}`, options)).folder).toBe(first.folder);
    expect(downloads()).toHaveLength(before);
    hub.commit = 'b'.repeat(40);
    hub.files.set('config.json', Buffer.from('{"model_type":"roberta"}'));
    const updated = await resolveModel(`hf:${repo}`, options);
    expect(updated.folder).toContain('b'.repeat(40));
    expect(downloads()).toHaveLength(before + 1); // only what changed
    expect(readFileSync(join(updated.folder, 'config.json'), 'utf8')).toContain('roberta');
  });

  test('of a commit that is cached asks nobody; of a branch without network takes the cached one', async () => {
    const { folder } = await resolveModel(`hf:${repo}`, options);
    hub.log.length = 0;
    expect((await resolveModel(`hf:${repo}@${hub.commit}`, options)).folder).toBe(folder);
    expect((await resolveModel(`hf:${repo}`, { ...options, offline: true })).folder).toBe(folder);
    expect(hub.log).toEqual([]);
    await hub[Symbol.asyncDispose]();
    expect((await resolveModel(`hf:${repo}`, options)).folder).toBe(folder);
  });

  test('reads a cache that huggingface_hub wrote, by HF_HUB_CACHE', async () => {
    const { folder } = await resolveModel(`hf:${repo}`, options);
    const env = { HF_HUB_CACHE: join(home, 'hub'), HF_HUB_OFFLINE: '1', XDG_CACHE_HOME: home };
    expect((await resolveModel(`hf:${repo}`, { env })).folder).toBe(folder);
    expect(await listModels({ env })).toMatchObject([{ source: `hf:${repo}`, folder }]);
  });

  test('sharded: all shards of the index', async () => {
    hub.files.delete('model.safetensors');
    const index = {
      weight_map: { a: 'model-00001-of-00002.safetensors', b: 'model-00002-of-00002.safetensors' },
    };
    hub.files.set('model.safetensors.index.json', Buffer.from(JSON.stringify(index)));
    for (const shard of Object.values(index.weight_map)) hub.files.set(shard, randomBytes(10));
    const { folder } = await resolveModel(`hf:${repo}`, options);
    for (const shard of Object.values(index.weight_map)) expect(existsSync(join(folder, shard))).toBe(true);
  });

  test('of another revision goes beside it', async () => {
    await resolveModel(`hf:${repo}@v1.0`, options);
    expect(hub.log[0]?.path).toBe('/api/models/org/tiny/revision/v1.0');
    expect(readdirSync(join(root(), 'refs'))).toEqual(['v1.0']);
    expect((await listModels(options)).map(({ source }) => source)).toEqual([`hf:${repo}@v1.0`]);
  });
});

describe('an interrupted download', () => {
  /** Sends the first part of the weights, then breaks off. */
  const breakOff = (times: number): void => {
    hub.intercept = (request, response) => {
      if (times === 0 || !request.url?.endsWith('model.safetensors') || request.url.includes('Dense'))
        return false;
      times--;
      const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      response.statusCode = start > 0 ? 206 : 200;
      response.setHeader('Content-Length', weights.length - start);
      response.write(weights.subarray(start, start + 100_000), () =>
        setTimeout(() => response.destroy(), 20),
      );
      return true;
    };
  };

  test('goes on where it stopped', async () => {
    breakOff(1);
    const { folder } = await resolveModel(`hf:${repo}`, options);
    expect(weights.equals(readFileSync(join(folder, 'model.safetensors')))).toBe(true);
    const ranges = hub.log
      .filter(({ path }) => path.endsWith('/model.safetensors'))
      .map(({ range }) => range);
    expect(ranges).toContain('bytes=100000-');
  });

  test('goes on in a later call, also of another process', async () => {
    breakOff(4);
    const start = new AbortController();
    const stop = resolveModel(`hf:${repo}`, {
      ...options,
      signal: start.signal,
      onProgress: ({ file, received }) => {
        if (file === 'model.safetensors' && received >= 100_000) start.abort(new Error('stop'));
      },
    });
    await expect(stop).rejects.toThrow('stop');
    const left = readdirSync(join(root(), 'blobs')).filter((name) => name.endsWith('.incomplete'));
    expect(left).toHaveLength(1);
    hub.intercept = () => false;
    hub.log.length = 0;
    const { folder } = await resolveModel(`hf:${repo}`, options);
    expect(weights.equals(readFileSync(join(folder, 'model.safetensors')))).toBe(true);
    const { range } = hub.log.find(({ path }) => path.endsWith(`${hub.commit}/model.safetensors`)) ?? {};
    expect(range).toMatch(/^bytes=\d+-$/);
  });

  test('starts anew with a server that knows no ranges', async () => {
    breakOff(1);
    const inner = hub.intercept;
    hub.intercept = (request, response) => {
      if (inner(request, response)) return true;
      delete request.headers.range;
      if (!request.url?.endsWith(`${hub.commit}/model.safetensors`)) return false;
      response.end(weights);
      return true;
    };
    const { folder } = await resolveModel(`hf:${repo}`, options);
    expect(weights.equals(readFileSync(join(folder, 'model.safetensors')))).toBe(true);
  });
});

describe('errors', () => {
  const failure = async (source: string, more: ResolveOptions = {}): Promise<ModelSourceError> => {
    const error = await resolveModel(source, { ...options, ...more }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ModelSourceError);
    return error as ModelSourceError;
  };
  const answer = (status: number): void => {
    hub.intercept = (_, response) => {
      response.statusCode = status;
      response.end('some page');
      return true;
    };
  };

  test.each([
    [401, /wants a token \(set HF_TOKEN\)/],
    [403, /may not read this model/],
    [404, /there is no such model/],
    [500, /answered 500.*not in the cache/],
    [200, /does not answer as a Hub does/],
  ])('status %d', async (status, reason) => {
    answer(status);
    expect((await failure(`hf:${repo}`)).attempts).toEqual([
      { source: `hf:${repo}`, reason: expect.stringMatching(reason) },
    ]);
  });

  test('the token is sent to the Hub, and stands in no message and no file', async () => {
    const env = { ...options.env, HF_TOKEN: 'hf_verysecrettoken1234567890' };
    await resolveModel(`hf:${repo}`, { ...options, env });
    expect(new Set(hub.log.map(({ authorization }) => authorization))).toEqual(
      new Set(['Bearer hf_verysecrettoken1234567890']),
    );
    answer(401);
    const error = await failure('hf:org/other', { env });
    expect(JSON.stringify(error) + error.message + error.stack).not.toContain('verysecret');
    const files = readdirSync(home, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const file of files)
      expect(readFileSync(join(file.parentPath, file.name)).includes('verysecret')).toBe(false);
  });

  test('is not passed on to another host', async () => {
    await using cdn = await startHub(repo, { 'x/model.safetensors': weights });
    hub.intercept = (request, response) => {
      if (!request.url?.endsWith(`${hub.commit}/model.safetensors`)) return false;
      response.statusCode = 302;
      response.setHeader(
        'Location',
        `${cdn.endpoint.replace('127.0.0.1', 'localhost')}/${repo}/resolve/${cdn.commit}/x/model.safetensors`,
      );
      response.end();
      return true;
    };
    const env = { ...options.env, HF_TOKEN: 'hf_verysecrettoken1234567890' };
    const { folder } = await resolveModel(`hf:${repo}`, { ...options, env });
    expect(weights.equals(readFileSync(join(folder, 'model.safetensors')))).toBe(true);
    expect(cdn.log.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  test('a damaged file is refused, and not taken up again', async () => {
    hub.intercept = (request, response) => {
      if (!request.url?.endsWith(`${hub.commit}/model.safetensors`)) return false;
      response.end(Buffer.alloc(weights.length));
      return true;
    };
    expect((await failure(`hf:${repo}`)).message).toMatch(
      /model.safetensors arrived damaged: its hash is wrong/,
    );
    expect(readdirSync(join(root(), 'blobs')).filter((name) => name.includes('incomplete'))).toEqual([]);
    expect(existsSync(join(root(), 'refs'))).toBe(false);
    hub.intercept = () => false;
    await resolveModel(`hf:${repo}`, options);
  });

  test('a server error on the way is tried again', async () => {
    let failures = 2;
    hub.intercept = (request, response) => {
      if (!request.url?.endsWith('config.json') || failures-- <= 0) return false;
      response.statusCode = 503;
      response.end();
      return true;
    };
    await resolveModel(`hf:${repo}`, options);
    expect(failures).toBeLessThanOrEqual(0);
  });

  test('weights as a pickle alone', async () => {
    hub.files.delete('model.safetensors');
    hub.files.delete('2_Dense/model.safetensors');
    expect((await failure(`hf:${repo}`)).message).toMatch(
      /weights are a pickle \(pytorch_model.bin\), which is not read/,
    );
  });

  test('names that lead out of the cache are refused', async () => {
    hub.files.set('../../../evil/config.json', Buffer.from('{}'));
    expect((await failure(`hf:${repo}`)).message).toMatch(/does not answer as a Hub does/);
  });

  test('no network and no cache: quickly, with everything that was tried', async () => {
    await hub[Symbol.asyncDispose]();
    const start = performance.now();
    const error = await failure(`hf:${repo}|${home}/nothing|hf:a/b`);
    expect(performance.now() - start).toBeLessThan(3000);
    expect(error.attempts.map(({ source }) => source)).toEqual([`hf:${repo}`, `${home}/nothing`, 'hf:a/b']);
    expect(error.message).toMatch(/cannot be reached \(ECONNREFUSED\), and it is not in the cache/);
    expect(error.message).toMatch(/there is no such folder/);
  });

  test('a server that does not answer', async () => {
    hub.intercept = () => true; // never
    const start = performance.now();
    expect((await failure(`hf:${repo}`, { connectTimeout: 200 })).message).toMatch(/no answer within 0.2 s/);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test('offline without a cache', async () => {
    expect((await failure(`hf:${repo}`, { offline: true })).message).toMatch(
      /no server may be asked \(offline\)/,
    );
    expect(hub.log).toEqual([]);
  });

  test('a folder that is no model, and one that looks like a name of the Hub', async () => {
    writeFileSync(join(home, 'config.json'), '{}');
    expect((await failure(home)).message).toMatch(/it has no model.safetensors/);
    expect((await failure('org/tiny')).message).toMatch(/write hf:org\/tiny/);
  });
});
