import type { Embedder } from '../../knowledge/types.ts';

/** An embedder that hashes words into dimensions: real enough to rank texts by the words they share. */
export function wordEmbedder(dimensions = 64): Embedder & { readonly embedded: string[] } {
  const embedded: string[] = [];
  const embed = async (texts: readonly string[]) => {
    embedded.push(...texts);
    return texts.map((text) => wordVector(text, dimensions));
  };
  return {
    dimensions,
    fingerprint: `words-${dimensions}`,
    embedQueries: embed,
    embedDocuments: embed,
    embedded,
  };
}

export function wordVector(text: string, dimensions: number): Float32Array {
  const vector = new Float32Array(dimensions);
  for (const word of text.toLowerCase().match(/\w+/g) ?? []) {
    let hash = 2166136261;
    for (const char of word) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619) >>> 0;
    vector[hash % dimensions] = (vector[hash % dimensions] as number) + ((hash >>> 16) & 1 ? 1 : -1);
  }
  return vector;
}
