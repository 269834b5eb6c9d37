import { setImmediate as nextTurn } from 'node:timers/promises';
import { maxSim } from '../scoring/index.ts';
import type { MultiVector, MultiVectorEmbedder, Reranker, RerankOptions, RerankRequest } from '../types.ts';

/** Passages whose token vectors are held at a time: at 128 tokens of 128 floats, 64 MB. */
const passagesAtOnce = 1000;

/**
 * Late interaction as a second stage: passages are embedded when asked for, and scored by MaxSim (see `maxSim`); nothing
 * but texts has to be stored. A passage that several requests have in common is embedded once.
 *
 * @example
 * const [scores] = await maxSimReranker(colbert).score([{ query, passages }]);
 */
export const maxSimReranker = (embedder: MultiVectorEmbedder): Reranker => ({
  fingerprint: `maxsim:${embedder.fingerprint}`,
  async score(requests: readonly RerankRequest[], options: RerankOptions = {}): Promise<Float32Array[]> {
    const { signal, onProgress } = options;
    const embedOptions = signal === undefined ? {} : { signal };
    signal?.throwIfAborted();
    const results = requests.map(({ passages }) => new Float32Array(passages.length));
    if (requests.length === 0) return results;
    const queries = await embedder.embedQueries(
      requests.map(({ query }) => query),
      embedOptions,
    );
    const places = placesOf(requests);
    const texts = [...places.keys()];
    const total = requests.reduce((sum, { passages }) => sum + passages.length, 0);
    let done = 0;
    for (let start = 0; start < texts.length; start += passagesAtOnce) {
      const some = texts.slice(start, start + passagesAtOnce);
      const vectors = await embedder.embedDocuments(some, embedOptions);
      for (const [i, text] of some.entries()) {
        for (const { request, passage } of places.get(text) ?? []) {
          const scores = results[request] as Float32Array;
          scores[passage] = maxSim(queries[request] as MultiVector, vectors[i] as MultiVector);
          done++;
        }
        if (i % 64 === 63) await nextTurn();
        signal?.throwIfAborted();
      }
      onProgress?.(done, total);
    }
    return results;
  },
});

interface Place {
  readonly request: number;
  readonly passage: number;
}

/** Where each text stands. */
function placesOf(requests: readonly RerankRequest[]): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  requests.forEach(({ passages }, request) => {
    passages.forEach((text, passage) => {
      const known = places.get(text);
      if (known === undefined) places.set(text, [{ request, passage }]);
      else known.push({ request, passage });
    });
  });
  return places;
}
