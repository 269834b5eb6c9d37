import { writeLinesAtomic } from '../base/atomicLines.ts';
import { DataError } from '../base/errors.ts';
import { stableId } from '../base/hash.ts';
import { readJsonLines } from '../base/jsonLines.ts';
import type { Document, ReadResult, SkippedSource, UnreadableSource } from './documents/types.ts';

/** What an ingest remembers of a document. */
export interface ManifestEntry {
  readonly id: string;
  readonly source: string;
  /** Changes with anything of the document that its chunks show: see {@link documentDigest}. */
  readonly digest: string;
}

/** What was ingested, and how it was cut. */
export interface Manifest {
  /** The splitter's. Another one makes every document count as changed. */
  readonly fingerprint: string;
  /** By document id. */
  readonly entries: ReadonlyMap<string, ManifestEntry>;
}

/** What has to be done about a document since the last ingest. */
export type DocumentChange =
  | { readonly type: 'added'; readonly document: Document; readonly entry: ManifestEntry }
  | { readonly type: 'changed'; readonly document: Document; readonly entry: ManifestEntry }
  | { readonly type: 'unchanged'; readonly entry: ManifestEntry }
  /** Nothing holds it any more: its chunks should go. */
  | { readonly type: 'removed'; readonly entry: ManifestEntry }
  /** Its source could not be read this time, so its chunks stay as they are. */
  | { readonly type: 'kept'; readonly entry: ManifestEntry }
  | ({ readonly type: 'unreadable' } & UnreadableSource)
  | ({ readonly type: 'skipped' } & SkippedSource);

/** From content hash, format, domain and boost tags; not from the place and the time of the source. */
export const documentDigest = (document: Document): string =>
  stableId(
    document.contentHash,
    document.format,
    document.language ?? '',
    document.domain ?? '',
    ...(document.boostTags ?? []),
  );

/**
 * Compares what is read now with the last manifest, one document at a time: added, changed and unchanged in the order of
 * reading, at the end what is gone. Every change but `removed` belongs into the new manifest. Holds ids, never texts.
 *
 * @param previous undefined at the first ingest
 * @param fingerprint the splitter's, with whatever else makes old chunks useless (the embedder's)
 */
export async function* diffDocuments(
  results: AsyncIterable<ReadResult>,
  previous: Manifest | undefined,
  fingerprint: string,
): AsyncGenerator<DocumentChange, void, undefined> {
  const entries = previous?.entries ?? new Map<string, ManifestEntry>();
  const isRecut = previous?.fingerprint !== fingerprint;
  const seen = new Set<string>();
  const unreadable: string[] = [];
  for await (const result of results) {
    if (result.type === 'document') {
      const { document } = result;
      const before = entries.get(document.id);
      const entry = { id: document.id, source: document.source, digest: documentDigest(document) };
      if (before !== undefined) seen.add(document.id);
      if (before === undefined) yield { type: 'added', document, entry };
      else if (isRecut || before.digest !== entry.digest) yield { type: 'changed', document, entry };
      else yield { type: 'unchanged', entry };
    } else {
      if (result.type === 'unreadable') unreadable.push(result.source);
      yield result;
    }
  }
  const lost = new Set(unreadable);
  for (const entry of entries.values()) {
    if (seen.has(entry.id)) continue;
    yield { type: liesIn(entry.source, lost) ? 'kept' : 'removed', entry };
  }
}

/** Whether a source, the file of its row, or a folder above it is in the set. */
function liesIn(source: string, places: ReadonlySet<string>): boolean {
  if (places.size === 0) return false;
  // A walk of one folder calls the folder itself `.`.
  if (places.has('.') || places.has(source)) return true;
  for (let end = source.length; end > 0; ) {
    end = Math.max(source.lastIndexOf('#', end - 1), source.lastIndexOf('/', end - 1));
    if (end > 0 && places.has(source.slice(0, end))) return true;
  }
  return false;
}

/** Writes a manifest: a line of JSON with the fingerprint, then one for each document. */
export async function writeManifest(
  file: string,
  manifest: { readonly fingerprint: string; readonly entries: Iterable<ManifestEntry> },
): Promise<void> {
  await writeLinesAtomic(file, manifestLines(manifest));
}

function* manifestLines(manifest: {
  readonly fingerprint: string;
  readonly entries: Iterable<ManifestEntry>;
}): Generator<string> {
  yield JSON.stringify({ version: 1, fingerprint: manifest.fingerprint });
  for (const { id, source, digest } of manifest.entries) yield JSON.stringify({ id, source, digest });
}

/** @throws DataError if the file is missing, damaged or of another version */
export async function readManifest(file: string): Promise<Manifest> {
  const entries = new Map<string, ManifestEntry>();
  let fingerprint: string | undefined;
  for await (const { line, value } of readJsonLines(file)) {
    if (fingerprint === undefined) {
      if (value['version'] !== 1 || typeof value['fingerprint'] !== 'string')
        throw damaged(file, line, 'version 1 and a fingerprint', value);
      fingerprint = value['fingerprint'];
      continue;
    }
    const { id, source, digest } = value;
    if (typeof id !== 'string' || typeof source !== 'string' || typeof digest !== 'string')
      throw damaged(file, line, 'id, source and digest', value);
    entries.set(id, { id, source, digest });
  }
  if (fingerprint === undefined) throw new DataError({ file, expected: 'a manifest', got: 'an empty file' });
  return { fingerprint, entries };
}

const damaged = (file: string, line: number, expected: string, value: unknown): DataError =>
  new DataError({
    file,
    line,
    expected,
    got: JSON.stringify(value).slice(0, 80),
    hint: 'delete the manifest to ingest everything again',
  });
