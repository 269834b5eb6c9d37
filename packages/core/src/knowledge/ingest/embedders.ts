import type { Chunk } from '../../corpus/index.ts';
import { searchableText } from '../terms/index.ts';
import type { EmbeddedChunk } from '../types.ts';
import type { Fingerprints } from './ledger.ts';
import type { IngestOptions } from './types.ts';

/** The models of an ingest. */
export type Embedders = Pick<IngestOptions, 'embedder' | 'sparseEmbedder' | 'multiVectorEmbedder'>;

export const fingerprintsOf = (embedders: Embedders): Fingerprints => ({
  embedder: embedders.embedder?.fingerprint,
  sparse: embedders.sparseEmbedder?.fingerprint,
  multiVector: embedders.multiVectorEmbedder?.fingerprint,
});

/** Chunks with what each model says of them, one model after the other. */
export async function embedChunks(
  { embedder, sparseEmbedder, multiVectorEmbedder }: Embedders,
  chunks: readonly Chunk[],
  signal: AbortSignal | undefined,
): Promise<EmbeddedChunk[]> {
  const texts = chunks.map(searchableText);
  const options = signal === undefined ? {} : { signal };
  const vectors = await embedder?.embedDocuments(texts, options);
  const sparse = await sparseEmbedder?.embedDocuments(texts, options);
  const tokens = await multiVectorEmbedder?.embedDocuments(texts, options);
  return chunks.map((chunk, i) => ({
    chunk,
    ...of('vector', vectors?.[i]),
    ...of('sparse', sparse?.[i]),
    ...of('tokens', tokens?.[i]),
  }));
}

const of = <K extends string, V>(key: K, value: V | undefined): { readonly [key in K]?: V } =>
  (value === undefined ? {} : { [key]: value }) as { readonly [key in K]?: V };
