import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { KnowledgeStore } from '@ragwright/core/knowledge';
import type { PipelineDescription, ResolvedTuneSettings } from '@ragwright/core/learning/recipes';
import { UsageError } from '../command/errors.ts';

type StoreSettings = ResolvedTuneSettings['store'];
type Env = Readonly<Record<string, string | undefined>>;

export const storeOption = {
  kind: 'text',
  hint: 'DIR',
  about: 'Folder of the LanceDB store, in place of the one in the config',
} as const;

/** Fact of a store: the model that embedded its chunks, as a command can get it again. */
export const modelFact = 'ragwright:model';

/**
 * Opens the store that `ingest` fills.
 *
 * @param output the run folder, where a LanceDB store lies if no path is given
 */
export async function openStore(store: StoreSettings, output: string, env: Env): Promise<KnowledgeStore> {
  if (store.kind === 'memory') {
    throw new UsageError(
      "store: { kind: 'memory' } is gone when the command ends",
      'Use lancedb or pgvector here.',
    );
  }
  const { lanceStore, pgvectorStore } = await import('@ragwright/core/knowledge');
  if (store.kind === 'lancedb') return lanceStore(lanceFolder(store, output));
  return pgvectorStore(urlOf(store, env), { table: store.table ?? 'ragwright' });
}

export interface FilledStore {
  readonly store: KnowledgeStore;
  /** The model that filled it, if that is known. */
  readonly model: string | undefined;
  /** What a finished `tune` found out about how to answer from it. */
  readonly pipeline?: PipelineDescription;
  /** The run folder that it is from. */
  readonly run?: string;
}

/**
 * Opens a store to search: that of `ingest`, else the one that `tune` made with the model that it kept.
 *
 * @throws UsageError if there is none
 */
export async function openFilledStore(store: StoreSettings, output: string, env: Env): Promise<FilledStore> {
  const place = store.kind === 'lancedb' ? lanceFolder(store, output) : 'the database';
  if (store.kind !== 'lancedb' || existsSync(join(place, 'chunks.lance'))) {
    const ingested = await filled(await openStore(store, output, env));
    if (ingested) return { store: ingested, model: (await ingested.readFacts('ragwright:'))[modelFact] };
  }
  const { readPipeline } = await import('@ragwright/core/learning/recipes');
  const pipeline = await readPipeline(output);
  const tuned = pipeline && (await openOfTune(store, place, pipeline.index, env));
  if (tuned) return { store: tuned, model: join(output, pipeline.model), pipeline, run: output };
  throw new UsageError(`There is nothing to search in ${place}`, 'ragwright ingest fills a store.');
}

async function openOfTune(
  store: StoreSettings,
  folder: string,
  kept: string,
  env: Env,
): Promise<KnowledgeStore | undefined> {
  if (store.kind === 'pgvector') {
    return filled(await openStore({ ...store, table: `${store.table ?? 'ragwright'}_${kept}` }, '', env));
  }
  const path = join(folder, kept);
  return existsSync(path) ? filled(await openStore({ kind: 'lancedb', path }, '', env)) : undefined;
}

async function filled(store: KnowledgeStore): Promise<KnowledgeStore | undefined> {
  if ((await store.count()) > 0) return store;
  await store.close();
  return undefined;
}

const lanceFolder = (store: Extract<StoreSettings, { kind: 'lancedb' }>, output: string): string =>
  store.path ?? join(output, 'index');

function urlOf(store: Extract<StoreSettings, { kind: 'pgvector' }>, env: Env): string {
  const url = store.url ?? env['PGVECTOR_URL'];
  if (url) return url;
  throw new UsageError("store: { kind: 'pgvector' } needs url, or PGVECTOR_URL in the environment");
}
