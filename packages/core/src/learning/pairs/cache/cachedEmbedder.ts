import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { stableId } from '../../../base/hash.ts';
import type { Embedder, EmbedOptions } from '../../../knowledge/types.ts';
import { keyBytes, VectorFolder } from './vectorFile.ts';

/** An embedder that asks the disk first. */
export interface CachedEmbedder extends Embedder {
  /** Texts that had to be embedded since it was opened, and texts that had not. */
  readonly counts: { readonly embedded: number; readonly cached: number };
  /** Closes the files. */
  close(): Promise<void>;
}

/** Texts between two writes: what a kill may cost. */
const slice = 1024;

/**
 * Puts a cache on disk before an embedder, keyed by text and by the model's fingerprint (which changes with weights,
 * tokenizer, pooling and prompts), queries and documents apart.
 *
 * @throws Error of the file system if the folder can't be written
 */
export async function openCachedEmbedder(embedder: Embedder, folder: string): Promise<CachedEmbedder> {
  const { dimensions, fingerprint } = embedder;
  const place = join(folder, `${stableId(fingerprint)}-${dimensions}`);
  const queries = await VectorFolder.open(join(place, 'queries'), dimensions);
  const documents = await VectorFolder.open(join(place, 'documents'), dimensions);
  const counts = { embedded: 0, cached: 0 };

  async function embed(
    vectors: VectorFolder,
    texts: readonly string[],
    run: Embedder['embedQueries'],
    options: EmbedOptions = {},
  ): Promise<Float32Array[]> {
    const keys = texts.map(keyOf);
    const found = new Map<string, Float32Array>();
    const known = [...new Set(keys)].filter((key) => vectors.has(key));
    (await vectors.read(known)).forEach((vector, i) => {
      if (vector) found.set(known[i] as string, vector);
    });
    const missing = new Map(keys.flatMap((key, i) => (found.has(key) ? [] : [[key, texts[i] as string]])));
    const done = () => keys.length - missing.size;
    if (missing.size === 0) options.onProgress?.(done(), texts.length);
    const entries = [...missing];
    for (let start = 0; start < entries.length; start += slice) {
      options.signal?.throwIfAborted();
      const part = entries.slice(start, start + slice);
      const made = await run(
        part.map(([, text]) => text),
        {
          ...(options.signal ? { signal: options.signal } : {}),
          onProgress: (count) => options.onProgress?.(done() + start + count, texts.length),
        },
      );
      const partKeys = part.map(([key]) => key);
      await vectors.append(partKeys, made);
      partKeys.forEach((key, i) => {
        found.set(key, made[i] as Float32Array);
      });
    }
    counts.embedded += missing.size;
    counts.cached += keys.length - missing.size;
    return keys.map((key) => found.get(key) as Float32Array);
  }

  return {
    dimensions,
    fingerprint,
    counts,
    embedQueries: (texts, options) => embed(queries, texts, embedder.embedQueries.bind(embedder), options),
    embedDocuments: (texts, options) =>
      embed(documents, texts, embedder.embedDocuments.bind(embedder), options),
    close: async () => {
      await queries.close();
      await documents.close();
    },
  };
}

/** 128 bits of the text's SHA-256, as a string of bytes. */
const keyOf = (text: string): string =>
  createHash('sha256').update(text).digest().toString('latin1', 0, keyBytes);
