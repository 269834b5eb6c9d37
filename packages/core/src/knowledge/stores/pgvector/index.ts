import type { KnowledgeStore } from '../../types.ts';
import { checkOptions, type PgvectorStoreOptions } from './options.ts';

export type { PgvectorStoreOptions } from './options.ts';

/**
 * Opens a store in a PostgreSQL database that has the pgvector extension (0.5 or newer; 0.8 for the best results with
 * filters), and makes its tables if they aren't there. Any number of processes may read and write.
 *
 * @param url `postgres://user:password@host:port/database`; never shown in an error
 * @throws ConfigError for wrong options; StoreError if the database can't be reached or used
 *
 * @example
 * const store = await pgvectorStore(process.env['DATABASE_URL'] ?? 'postgres://localhost/knowledge');
 */
export async function pgvectorStore(
  url: string,
  options: PgvectorStoreOptions = {},
): Promise<KnowledgeStore> {
  checkOptions(url, options);
  const { openPgvectorStore } = await import('./open.ts');
  return openPgvectorStore(url, options);
}
