import type { Embedder, EmbedOptions } from './types.ts';

/** Counts words into 64 slots: texts with common words are near each other. Tells how it was called. */
export function wordEmbedder(fingerprint = 'words-1', dimensions = 64) {
  const calls: string[][] = [];
  const embed = async (texts: readonly string[], options: EmbedOptions = {}): Promise<Float32Array[]> => {
    options.signal?.throwIfAborted();
    calls.push([...texts]);
    return texts.map((text) => {
      const vector = new Float32Array(dimensions).fill(0.01);
      for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
        let slot = 7;
        for (const character of word) slot = (slot * 31 + character.charCodeAt(0)) % dimensions;
        vector[slot] = (vector[slot] as number) + 1;
      }
      return vector;
    });
  };
  const embedder: Embedder = { dimensions, fingerprint, embedQueries: embed, embedDocuments: embed };
  return { ...embedder, calls };
}
