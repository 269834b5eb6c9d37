import { sha256, stableId } from '../../base/hash.ts';
import type { Document, Metadata, RawDocument, ResolvedReadOptions, SourceFile } from './types.ts';
import { UnreadableError } from './unreadable.ts';
import { cleanText } from './wellFormed.ts';

/**
 * A {@link Document} from what a reader found.
 *
 * @throws UnreadableError if there is no text
 */
export function makeDocument(raw: RawDocument, file: SourceFile, options: ResolvedReadOptions): Document {
  const source = raw.row === undefined ? file.source : `${file.source}#${raw.row}`;
  const text = cleanText(raw.text);
  if (text.trim() === '') throw new UnreadableError('empty');
  const title = cleanText(raw.title ?? '').trim();
  const metadata = raw.metadata ?? {};
  const domain =
    raw.domain ?? (options.domainFromFolder ? topFolder(file.source) : undefined) ?? options.domain;
  const boostTags = [...new Set([...(raw.boostTags ?? []), ...options.boostTags])];
  return {
    id: raw.id === undefined ? stableId(source) : raw.isIdScoped ? stableId(file.source, raw.id) : raw.id,
    text,
    ...(title !== '' && { title }),
    source,
    format: raw.format,
    ...(raw.language !== undefined && { language: raw.language }),
    timestamp: raw.timestamp ?? file.timestamp,
    ...(domain !== undefined && { domain }),
    ...(boostTags.length > 0 && { boostTags }),
    contentHash: contentHash(title, text, metadata),
    metadata,
  };
}

/** SHA-256 of title, text and metadata, whatever the order of the metadata. */
export function contentHash(title: string, text: string, metadata: Metadata): string {
  const entries = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return sha256(JSON.stringify([title, text, entries]));
}

const topFolder = (source: string): string | undefined => {
  const slash = source.indexOf('/');
  return slash > 0 ? source.slice(0, slash) : undefined;
};
