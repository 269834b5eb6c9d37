import { makeVector } from './stores/chunks.fixture.ts';
import type {
  Embedder,
  EmbedOptions,
  MultiVector,
  MultiVectorEmbedder,
  SparseEmbedder,
  SparseVector,
} from './types.ts';

const wordsOf = (text: string): string[] => text.toLowerCase().match(/\w+/g) ?? [];

function hash(word: string, size: number): number {
  let slot = 7;
  for (const character of word) slot = (slot * 31 + character.charCodeAt(0)) % size;
  return slot;
}

/** Counts words into 64 slots: texts with common words are near each other. Tells how it was called. */
export function wordEmbedder(fingerprint = 'words-1', dimensions = 64) {
  const calls: string[][] = [];
  const embed = async (texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> => {
    options.signal?.throwIfAborted();
    calls.push([...texts]);
    return texts.map((text) => {
      const vector = new Float32Array(dimensions).fill(0.01);
      for (const word of wordsOf(text)) {
        const slot = hash(word, dimensions);
        vector[slot] = (vector[slot] as number) + 1;
      }
      return vector;
    });
  };
  const embedder: Embedder = { dimensions, fingerprint, embedQueries: embed, embedDocuments: embed };
  return { ...embedder, calls };
}

/** Weighs each word by the root of how often it stands there. */
export function wordSparseEmbedder(fingerprint = 'sparse-words-1', vocabSize = 10_007) {
  const calls: string[][] = [];
  const embed = async (texts: readonly string[], options: EmbedOptions = {}): Promise<SparseVector[]> => {
    options.signal?.throwIfAborted();
    calls.push([...texts]);
    return texts.map((text) => {
      const counts = new Map<number, number>();
      for (const word of wordsOf(text)) {
        const slot = hash(word, vocabSize);
        counts.set(slot, (counts.get(slot) ?? 0) + 1);
      }
      const sorted = [...counts].sort(([a], [b]) => a - b);
      return {
        indices: Int32Array.from(sorted, ([slot]) => slot),
        values: Float32Array.from(sorted, ([, count]) => Math.sqrt(count)),
      };
    });
  };
  const embedder: SparseEmbedder = { vocabSize, fingerprint, embedQueries: embed, embedDocuments: embed };
  return { ...embedder, calls };
}

/** A unit vector for each word, the same wherever it stands: MaxSim is how many words of the query are there, about. */
export function wordMultiVectorEmbedder(fingerprint = 'word-vectors-1', dimensions = 16) {
  const calls: string[][] = [];
  const embed = async (texts: readonly string[], options: EmbedOptions = {}): Promise<MultiVector[]> => {
    options.signal?.throwIfAborted();
    calls.push([...texts]);
    return texts.map((text) => {
      const vectors = wordsOf(text).map((word) => unit(makeVector(hash(word, 100_003), dimensions)));
      const data = new Float32Array(vectors.length * dimensions);
      vectors.forEach((vector, i) => {
        data.set(vector, i * dimensions);
      });
      return { dimensions, data };
    });
  };
  const embedder: MultiVectorEmbedder = {
    dimensions,
    fingerprint,
    embedQueries: embed,
    embedDocuments: embed,
  };
  return { ...embedder, calls };
}

const unit = (vector: Float32Array): Float32Array => {
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
};
