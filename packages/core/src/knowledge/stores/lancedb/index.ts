import type { KnowledgeStore } from '../../types.ts';
import type { LanceStoreOptions } from './options.ts';

export type { LanceStoreOptions } from './options.ts';

/**
 * Opens a LanceDB store in a folder, and makes it with the first chunks if it isn't there. Embedded: no server. Several
 * processes may read it while one writes. BM25 has k1 = 1.2 and b = 0.75, which LanceDB fixes.
 *
 * @throws StoreError if the folder can't be opened, or holds vectors of another length or terms of another language
 *
 * @example
 * const store = await lanceStore('knowledge.lance');
 */
export async function lanceStore(folder: string, options: LanceStoreOptions = {}): Promise<KnowledgeStore> {
  const { openLanceStore } = await import('./open.ts');
  return openLanceStore(folder, options);
}
