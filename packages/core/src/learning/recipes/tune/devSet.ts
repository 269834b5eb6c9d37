import type { Document } from '../../../corpus/index.ts';
import { retrieverRun } from '../../../evaluation/index.ts';
import type { DevSet } from '../embedder.ts';
import type { Knowledge } from './knowledge.ts';
import type { TuneData } from './types.ts';

/** Documents that the base model ranks highest for a dev query and that stay in the dev corpus. */
const rivals = 30;

/**
 * Dev queries over a corpus that is small enough to be embedded at every evaluation: the documents that answer them,
 * and those that the base model takes for answers. Absent without dev queries.
 */
export async function devSetOf(
  { documents, queries, judgements: { dev } }: TuneData,
  { retriever }: Knowledge,
  signal: AbortSignal | undefined,
): Promise<DevSet | undefined> {
  if (dev.size === 0) return undefined;
  const texts = new Map([...dev.keys()].map((id) => [id, queries.get(id) as string]));
  const run = await retrieverRun(texts, retriever, rivals, signal ? { signal } : {});
  const kept = new Set([...run.values(), ...dev.values()].flatMap((found) => [...found.keys()]));
  const corpus = documents
    .filter(({ id }) => kept.has(id))
    .map((document) => [document.id, textOf(document)] as const);
  return { corpus: new Map(corpus), queries: texts, judgements: dev };
}

const textOf = ({ title, text }: Document): string => (title === undefined ? text : `${title}\n${text}`);
