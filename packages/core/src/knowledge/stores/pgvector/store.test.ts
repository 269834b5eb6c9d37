import { randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import { inspect } from 'node:util';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StoreError } from '../../errors.ts';
import { makeChunk, makeSparse, makeVector, randomChunks } from '../chunks.fixture.ts';
import { storeContract } from '../contract.fixture.ts';
import { pgvectorStore } from './index.ts';
import { startServer } from './server.fixture.ts';

let server: Awaited<ReturnType<typeof startServer>>;
beforeAll(async () => {
  server = await startServer();
}, 120_000);
afterAll(() => server.stop());

storeContract('pgvector on PGlite', {
  open: (place, options) => pgvectorStore(server.url, { ...options, table: place }),
  persistent: true,
  multiVector: false,
});

const external = process.env['PGVECTOR_URL'];
if (external !== undefined) {
  const schema = `ragwright_test_${randomBytes(4).toString('hex')}`;
  afterAll(async () => {
    const sql = postgres(external, { max: 1, onnotice: () => undefined });
    await sql.unsafe(`DROP SCHEMA IF EXISTS "${schema}" CASCADE`);
    await sql.end();
  });
  storeContract('pgvector on PGVECTOR_URL', {
    open: (place, options) => pgvectorStore(external, { ...options, schema, table: place }),
    persistent: true,
    multiVector: false,
  });
}

describe('pgvector', () => {
  it('finds the same by its HNSW index, with a filter too', async () => {
    const store = await pgvectorStore(server.url, { schema: 'Other_1', table: 'Indexed', indexAbove: 100 });
    await store.upsert(randomChunks(300, 2));
    const searches = [
      { k: 10 },
      { k: 10, filter: { documentId: 'd3' } },
      { k: 10, filter: { 'metadata.year': { lt: 1994 } } },
    ];
    const search = () => Promise.all(searches.map((options) => store.searchDense([makeVector(5)], options)));
    const before = await search();
    await store.optimize();
    const ids = (lists: Awaited<ReturnType<typeof search>>) =>
      lists.map(([list]) => list?.map(({ chunk }) => chunk.id));
    expect(ids(await search())).toEqual(ids(before));
    await store.delete({});
    await store.upsert([{ chunk: makeChunk('a'), vector: makeVector(1, 3) }]);
    expect(store.dimensions).toBe(3);
    await store.close();
  });

  it('refuses names that are more than names, and other terms than it was made with', async () => {
    const wrong = pgvectorStore(server.url, {
      table: 'a"; DROP TABLE b; --',
      schema: '1x',
      k1: 1,
      connections: 0,
    });
    await expect(wrong).rejects.toThrow(/schema.*\n.*table.*\n.*connections/);
    const first = await pgvectorStore(server.url, { table: 'spoken', language: 'none' });
    await first.upsert(randomChunks(1));
    await first.close();
    const other = pgvectorStore(server.url, { table: 'spoken', language: 'english' });
    await expect(other).rejects.toThrow('expected language none');
    const again = await pgvectorStore(server.url, { table: 'spoken' });
    expect(await again.count()).toBe(1);
    await again.close();
  });

  it('takes sparse vectors into tables that were made before there were any', async () => {
    const first = await pgvectorStore(server.url, { table: 'old' });
    await first.upsert(randomChunks(5));
    await first.close();
    const sql = postgres(server.url, { max: 1, prepare: false, fetch_types: false });
    await sql.unsafe('DROP TABLE old_weights').simple();
    await sql.unsafe('ALTER TABLE old DROP COLUMN sparse_indices').simple();
    await sql.unsafe('ALTER TABLE old ALTER COLUMN embedding SET NOT NULL').simple();
    await sql.end();
    const store = await pgvectorStore(server.url, { table: 'old' });
    await store.upsert([{ chunk: makeChunk('new'), sparse: makeSparse(4) }]);
    const [found] = await store.searchSparse([makeSparse(4)], { k: 3 });
    expect(found?.map(({ chunk }) => chunk.id)).toEqual(['new']);
    expect(await store.count()).toBe(6);
    await store.close();
  });

  it('never shows a password', async () => {
    const refused = createServer((socket) => socket.destroy());
    await new Promise<void>((done) => refused.listen(0, '127.0.0.1', done));
    const { port } = refused.address() as { port: number };
    const secret = 's3cr%40t-passw0rd';
    const urls = [
      `postgres://user:${secret}@127.0.0.1:${port}/db`,
      `postgres://user:${secret}@127.0.0.1:1/db`,
      `postgres://user:${secret}@127.0.0.1:99999999/db`,
      `postgres://user:${secret}@%zz/db`,
      `mysql://user:${secret}@127.0.0.1/db`,
    ];
    for (const url of urls) {
      const error = await pgvectorStore(url, { connectSeconds: 2 }).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(Error);
      expect(inspect(error, { depth: 10, showHidden: true })).not.toMatch(/s3cr|passw0rd/);
      if (url.startsWith('postgres'))
        expect(error).toSatisfy((one) => one instanceof StoreError && one.reason === 'backend');
    }
    refused.close();
  });
});
