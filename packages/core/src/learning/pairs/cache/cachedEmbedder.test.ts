import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Embedder } from '../../../knowledge/types.ts';
import { type CachedEmbedder, openCachedEmbedder } from './index.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ragwright-cache-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A text's vector is its length and its first letter; queries are negative. */
function plainEmbedder(fingerprint = 'plain'): Embedder {
  const vectors = (texts: readonly string[], sign: number) =>
    texts.map((text) => Float32Array.from([sign * text.length, Math.PI * text.charCodeAt(0)]));
  return {
    dimensions: 2,
    fingerprint,
    embedQueries: async (texts, options) => {
      options?.onProgress?.(texts.length, texts.length);
      return vectors(texts, -1);
    },
    embedDocuments: async (texts) => vectors(texts, 1),
  };
}

async function use<T>(work: (cached: CachedEmbedder) => Promise<T>, embedder = plainEmbedder()): Promise<T> {
  const cached = await openCachedEmbedder(embedder, folder);
  try {
    return await work(cached);
  } finally {
    await cached.close();
  }
}

const cacheFiles = async (): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));

describe('openCachedEmbedder', () => {
  it('gives the same vectors, embedding each text once', async () => {
    const texts = ['alpha', 'beta', 'alpha', 'gamma'];
    const plain = await plainEmbedder().embedDocuments(texts);
    await use(async (cached) => {
      expect(await cached.embedDocuments(texts)).toEqual(plain);
      expect(cached.counts).toEqual({ embedded: 3, cached: 1 });
    });
    await use(async (cached) => {
      expect(await cached.embedDocuments([...texts, 'new'])).toEqual([
        ...plain,
        ...(await plainEmbedder().embedDocuments(['new'])),
      ]);
      expect(cached.counts).toEqual({ embedded: 1, cached: 4 });
    });
  });

  it('keeps queries, documents and models apart', async () => {
    await use((cached) => cached.embedDocuments(['text']));
    await use(async (cached) => {
      expect((await cached.embedQueries(['text']))[0]?.[0]).toBe(-4);
      expect((await cached.embedDocuments(['text']))[0]?.[0]).toBe(4);
      expect(cached.counts).toEqual({ embedded: 1, cached: 1 });
    });
    await use(async (cached) => {
      await cached.embedDocuments(['text']);
      expect(cached.counts.embedded).toBe(1);
    }, plainEmbedder('other weights'));
  });

  it('survives half a record, damage and strange files', async () => {
    const texts = Array.from({ length: 50 }, (_, i) => `text ${i}`);
    await use((cached) => cached.embedDocuments(texts));
    const [file] = await cacheFiles();
    const bytes = await readFile(file as string);
    bytes.writeUInt8(bytes.readUInt8(28 * 7 + 22) ^ 1, 28 * 7 + 22); // one bit of the eighth vector
    await writeFile(file as string, bytes);
    await appendFile(file as string, 'half a record');
    await use(async (cached) => {
      expect(await cached.embedDocuments(texts)).toEqual(await plainEmbedder().embedDocuments(texts));
      expect(cached.counts).toEqual({ embedded: 1, cached: 49 });
    });
    await writeFile(file as string, 'nothing of use');
    await use(async (cached) => {
      expect(await cached.embedDocuments(texts)).toEqual(await plainEmbedder().embedDocuments(texts));
      expect(cached.counts).toEqual({ embedded: 49, cached: 1 });
    });
  });

  it('embeds again what was taken away while it was open', async () => {
    await use((cached) => cached.embedDocuments(['a', 'b']));
    await use(async (cached) => {
      for (const file of await cacheFiles()) await rm(file);
      expect(await cached.embedDocuments(['a', 'b'])).toEqual(
        await plainEmbedder().embedDocuments(['a', 'b']),
      );
    });
  });

  it('is used by several at once', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => `text ${i}`);
    const plain = await plainEmbedder().embedDocuments(texts);
    const results = await Promise.all([1, 2, 3].map(() => use((cached) => cached.embedDocuments(texts))));
    for (const result of results) expect(result).toEqual(plain);
    await use(async (cached) => {
      expect(await cached.embedDocuments(texts)).toEqual(plain);
      expect(cached.counts.embedded).toBe(0);
    });
  });

  it('writes as it goes, reports, and stops when told to', async () => {
    const texts = Array.from({ length: 2500 }, (_, i) => `text ${i}`);
    const controller = new AbortController();
    const seen: number[] = [];
    await use(async (cached) => {
      const onProgress = (done: number) => {
        seen.push(done);
        if (done > 2000) controller.abort();
      };
      const run = cached.embedQueries(texts, { signal: controller.signal, onProgress });
      await expect(run).rejects.toThrow('aborted');
    });
    expect(seen).toEqual([1024, 2048]);
    await use(async (cached) => {
      await cached.embedQueries(texts);
      expect(cached.counts).toEqual({ embedded: 452, cached: 2048 });
    });
  });

  it('reads what lies in files of many blocks', async () => {
    const wide = 1024;
    const embed = async (texts: readonly string[]) =>
      texts.map((text) => new Float32Array(wide).fill(Number(text)));
    const embedder = { dimensions: wide, fingerprint: 'wide', embedQueries: embed, embedDocuments: embed };
    const texts = Array.from({ length: 2300 }, (_, i) => String(i)); // 9 MB
    await use((cached) => cached.embedDocuments(texts), embedder);
    await use(async (cached) => {
      const vectors = await cached.embedDocuments(texts);
      expect(cached.counts.embedded).toBe(0);
      expect(vectors.every((vector, i) => vector[0] === i && vector[wide - 1] === i)).toBe(true);
      const some = texts.filter((_, i) => i % 3 === 0).reverse(); // not one after the other
      const again = await cached.embedDocuments(some);
      expect(again.map((vector) => String(vector[7]))).toEqual(some);
    }, embedder);
  });
});
