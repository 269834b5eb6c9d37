import { StoreError } from '../../errors.ts';
import { bm25Defaults } from '../../terms/index.ts';
import type { KnowledgeStore } from '../../types.ts';
import { Database } from './database.ts';
import { readFacts } from './facts.ts';
import type { PgvectorStoreOptions } from './options.ts';
import { PgvectorStore } from './store.ts';
import { makeTables, namesOf, upgradeChunksTable } from './tables.ts';

const call = { store: 'pgvector', op: 'open' };

export async function openPgvectorStore(url: string, options: PgvectorStoreOptions): Promise<KnowledgeStore> {
  const { connections = 4, connectSeconds = 30, schema = 'public', table = 'ragwright_chunks' } = options;
  const database = new Database(url, { connections, connectSeconds });
  try {
    const names = namesOf(schema, table);
    const known = await database.first('open', async (run) => {
      await makeTables(run, names);
      await upgradeChunksTable(run, names);
      return (await readFacts(run, names, 'store:'))['store:language'];
    });
    if (known !== undefined && options.language !== undefined && known !== options.language) {
      throw new StoreError({
        ...call,
        reason: 'option',
        expected: `language ${known}, with which the store was made`,
        got: options.language,
        hint: 'ingest into another table',
      });
    }
    const { k1, b } = options;
    const terms = bm25Defaults({
      ...(k1 !== undefined && { k1 }),
      ...(b !== undefined && { b }),
      language: (options.language ?? known ?? 'english') as 'english',
    });
    const store = new PgvectorStore(database, names, { ...options, ...terms });
    await store.open();
    return store;
  } catch (error) {
    await database.close(0);
    throw error;
  }
}
