import { stableId } from '../../base/hash.ts';
import type { Document, Metadata } from '../documents/types.ts';
import { firstAbove } from './rulers/atoms.ts';
import type { Chunk, Span, Splitter } from './types.ts';

/**
 * The chunks of a document, in order. Of a PDF each chunk's metadata holds `page`, the number of the page on which it
 * begins, instead of the offsets of all pages.
 */
export async function splitDocument(document: Document, splitter: Splitter): Promise<Chunk[]> {
  return chunksFromSpans(document, await splitter.split(document));
}

/** The same for many documents, one after the other. */
export async function* splitDocuments(
  documents: AsyncIterable<Document> | Iterable<Document>,
  splitter: Splitter,
  options: { readonly signal?: AbortSignal } = {},
): AsyncGenerator<Chunk, void, undefined> {
  for await (const document of documents) {
    options.signal?.throwIfAborted();
    yield* await splitDocument(document, splitter);
  }
}

/** Chunks from places in a document's text; the spans must not have white space at their ends. */
export function chunksFromSpans(document: Document, spans: readonly Span[]): Chunk[] {
  const { pageStarts, ...metadata } = document.metadata;
  const pages = Array.isArray(pageStarts) ? pageStarts.map(Number) : undefined;
  const seen = new Map<string, number>();
  const shared = {
    ...(document.title !== undefined && { title: document.title }),
    source: document.source,
    ...(document.timestamp !== undefined && { timestamp: document.timestamp }),
    ...(document.domain !== undefined && { domain: document.domain }),
    ...(document.boostTags !== undefined && { boostTags: document.boostTags }),
  };
  return spans.map(({ start, end, headingPath = [] }, index) => {
    const text = document.text.slice(start, end);
    const number = seen.get(text) ?? 0;
    seen.set(text, number + 1);
    return {
      id: stableId(document.id, text, String(number)),
      documentId: document.id,
      index,
      text,
      start,
      end,
      headingPath,
      ...shared,
      metadata: pages === undefined ? document.metadata : withPage(metadata, pages, start),
    };
  });
}

const withPage = (metadata: Metadata, pageStarts: readonly number[], start: number): Metadata => ({
  ...metadata,
  page: Math.max(1, firstAbove(pageStarts, start, 0, pageStarts.length)),
});
