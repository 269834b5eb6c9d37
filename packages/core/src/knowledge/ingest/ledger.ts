import type { Manifest, ManifestEntry } from '../../corpus/index.ts';
import type { KnowledgeStore } from '../types.ts';

const documentPrefix = 'document:';
const embedderFacts = {
  embedder: 'ingest:embedder',
  sparse: 'ingest:sparse',
  multiVector: 'ingest:multiVector',
} as const;
const kinds = Object.keys(embedderFacts) as (keyof typeof embedderFacts)[];
const splitterFact = 'ingest:splitter';

/** Stands for a model while the chunks of the one before are being thrown away. */
const clearing = 'clearing';

/** Of the models that embed chunks; undefined where there is none. */
export type Fingerprints = Readonly<Record<keyof typeof embedderFacts, string | undefined>>;

/** What the store knows about earlier ingests. */
export interface Ledger {
  readonly manifest: Manifest;
  /**
   * Which of them are new since the last run; the first run has neither. A model that came or went counts as well: chunks
   * with and without its vectors must not stand side by side.
   */
  readonly embedderChanged: boolean;
  readonly splitterChanged: boolean;
}

/**
 * Reads from the store's facts which documents were ingested whole, and with what. A document that was begun, but not
 * ended, and one that was cut by another splitter, count as changed.
 */
export async function readLedger(
  store: KnowledgeStore,
  embedders: Fingerprints,
  splitter: string,
): Promise<Ledger> {
  const facts = await store.readFacts();
  const entries = new Map<string, ManifestEntry>();
  for (const [name, value] of Object.entries(facts)) {
    if (!name.startsWith(documentPrefix)) continue;
    const [source, digest, cutBy] = JSON.parse(value) as [string, string, string];
    const id = name.slice(documentPrefix.length);
    entries.set(id, { id, source, digest: cutBy === splitter ? digest : '' });
  }
  const isFirst = facts[splitterFact] === undefined && kinds.every((kind) => !facts[embedderFacts[kind]]);
  const differs = (fact: string, now: string | undefined): boolean => !isFirst && facts[fact] !== now;
  return {
    manifest: { fingerprint: splitter, entries },
    embedderChanged: kinds.some((kind) => differs(embedderFacts[kind], embedders[kind])),
    splitterChanged: differs(splitterFact, splitter),
  };
}

/** Notes with what is embedded and cut from now on. */
export const noteFingerprints = (
  store: KnowledgeStore,
  embedders: Fingerprints,
  splitter: string,
): Promise<void> => {
  const facts = kinds.map((kind) => [embedderFacts[kind], embedders[kind] ?? '']);
  return store.writeFacts({ ...Object.fromEntries(facts), [splitterFact]: splitter });
};

/**
 * Throws away the chunks of another embedding model: their vectors must not stand beside new ones. If it is
 * interrupted, the next run does it again.
 */
export async function clear(store: KnowledgeStore, ids: Iterable<string>): Promise<void> {
  await store.writeFacts({ [embedderFacts.embedder]: clearing });
  await store.delete({});
  await store.writeFacts(forgotten(ids));
}

/** Facts of a document whose chunks begin to be written. Until it is done, the next run writes it again. */
export const begun = (entry: ManifestEntry): Record<string, string> => fact({ ...entry, digest: '' }, '');

/** Facts of a document whose chunks are all written, and no other ones. */
export const done = (entry: ManifestEntry, splitter: string): Record<string, string> => fact(entry, splitter);

/** Facts of documents that are no more. */
export const forgotten = (ids: Iterable<string>): Record<string, string> =>
  Object.fromEntries(Array.from(ids, (id) => [documentPrefix + id, '']));

const fact = ({ id, source, digest }: ManifestEntry, splitter: string): Record<string, string> => ({
  [documentPrefix + id]: JSON.stringify([source, digest, splitter]),
});
