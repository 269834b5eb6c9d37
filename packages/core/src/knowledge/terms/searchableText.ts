import type { Chunk } from '../../corpus/chunks/types.ts';

/** What BM25 searches of a chunk: title, headings and text. A heading that repeats the title counts once. */
export function searchableText(chunk: Chunk): string {
  const above = [chunk.title, ...chunk.headingPath].filter((part) => part !== undefined && part !== '');
  return [...new Set(above), chunk.text].join('\n');
}
