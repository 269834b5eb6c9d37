import type { Chunk } from '../../corpus/index.ts';

/** A document as its only chunk. Title and text are one text, as BEIR searches, embeds and reranks them. */
export const documentChunk = (id: string, text: string): Chunk => ({
  id,
  documentId: id,
  index: 0,
  text,
  start: 0,
  end: text.length,
  headingPath: [],
  source: id,
  metadata: {},
});
