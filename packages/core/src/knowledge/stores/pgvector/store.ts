import type { Chunk } from '../../../corpus/chunks/types.ts';
import { StoreError } from '../../errors.ts';
import { parseFilter } from '../../filters/index.ts';
import { type Bm25Options, termAnalyzer } from '../../terms/index.ts';
import type {
  ChunkFilter,
  EmbeddedChunk,
  KnowledgeStore,
  RankedChunk,
  SearchOptions,
  SparseVector,
} from '../../types.ts';
import {
  type Call,
  checkChunks,
  checkOpen,
  checkQueries,
  checkSearch,
  checkSparseQueries,
} from '../checks.ts';
import type { Database, Parameter, Run } from './database.ts';
import { readFacts, writeFacts } from './facts.ts';
import { filterSql } from './filterSql.ts';
import type { PgvectorStoreOptions } from './options.ts';
import { putRows, removeRows } from './rows.ts';
import { searchSparse, searchTerms, searchVectors, type Where } from './search.ts';
import { changeDimensions, lock, makeChunksTable, type Names, viewTables } from './tables.ts';
import { allowIndex, buildIndex } from './vectorIndex.ts';

/** Chunks that are read at a time. */
const page = 500;

export class PgvectorStore implements KnowledgeStore {
  readonly #database: Database;
  readonly #names: Names;
  readonly #options: PgvectorStoreOptions & Required<Bm25Options>;
  readonly #analyze: (text: string) => string[];
  #dimensions: number | undefined;
  #closed = false;

  constructor(database: Database, names: Names, options: PgvectorStoreOptions & Required<Bm25Options>) {
    this.#database = database;
    this.#names = names;
    this.#options = options;
    this.#analyze = termAnalyzer(options.language);
  }

  get dimensions(): number | undefined {
    return this.#options.dimensions ?? this.#dimensions;
  }

  /** @throws StoreError if the vectors of a store that is there have another length than the options say */
  async open(): Promise<void> {
    await this.#read('open', undefined, async () => undefined);
    const { dimensions } = this.#options;
    if (dimensions === undefined || this.#dimensions === undefined || dimensions === this.#dimensions) return;
    const expected = `${this.#dimensions} dimensions, as the store has`;
    throw new StoreError({ ...this.#call('open'), reason: 'dimensions', expected, got: String(dimensions) });
  }

  async upsert(chunks: readonly EmbeddedChunk[]): Promise<number> {
    const call = this.#call('upsert');
    const names = this.#names;
    const [written, dimensions] = await this.#database.write('upsert', async (run) => {
      await lock(run, names);
      const view = await viewTables(run, names);
      const known = { dimensions: this.#options.dimensions ?? view.dimensions, tokenDimensions: undefined };
      const checked = checkChunks(call, chunks, known);
      if (checked.some(({ tokens }) => tokens)) throw withoutTokens(call);
      if (checked.length === 0) return [0, view.dimensions];
      const length = checked.find(({ vector }) => vector)?.vector?.length;
      if (!view.exists) {
        await makeChunksTable(run, names, length);
        await writeFacts(run, names, { 'store:language': this.#options.language });
      } else if (length !== undefined && view.typed !== length) await changeDimensions(run, names, length);
      await putRows(run, names, checked, this.#analyze);
      return [checked.length, (await viewTables(run, names)).dimensions];
    });
    this.#dimensions = dimensions;
    return written;
  }

  async delete(filter: ChunkFilter): Promise<number> {
    this.#call('delete');
    const node = parseFilter(filter);
    const [removed, dimensions] = await this.#database.write('delete', async (run) => {
      await lock(run, this.#names);
      if (!(await viewTables(run, this.#names)).exists) return [0, undefined];
      const parameters: Parameter[] = [];
      const where = filterSql(node, parameters);
      const chunks = await removeRows(run, this.#names, where, parameters);
      return [chunks, (await viewTables(run, this.#names)).dimensions];
    });
    this.#dimensions = dimensions;
    return removed;
  }

  async count(filter?: ChunkFilter): Promise<number> {
    const where = this.#where(filter);
    return this.#read('count', 0, async (run) => {
      const parameters: Parameter[] = [];
      const condition = where(parameters);
      const [row] = await run<{ count: string }>(
        `SELECT count(*) FROM ${this.#names.chunks} WHERE ${condition}`,
        parameters,
      );
      return Number(row?.count);
    });
  }

  async get(ids: readonly string[]): Promise<(Chunk | undefined)[]> {
    const found = new Map<string, Chunk>();
    for (let start = 0; start < ids.length; start += page) {
      // What can't be an id isn't there, and the database would refuse it.
      const some = ids.slice(start, start + page).filter((id) => !id.includes('\0'));
      const chunks = await this.#page({ id: { in: some } }, undefined, page);
      for (const chunk of chunks) found.set(chunk.id, chunk);
    }
    this.#call('get');
    return ids.map((id) => found.get(id));
  }

  async *chunks(filter?: ChunkFilter): AsyncGenerator<Chunk, void, undefined> {
    let last: string | undefined;
    for (;;) {
      const chunks = await this.#page(filter, last, page);
      yield* chunks;
      if (chunks.length < page) return;
      last = chunks.at(-1)?.id;
    }
  }

  async searchDense(queries: readonly Float32Array[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchDense');
    const { k } = checkSearch(call, options);
    const where = this.#where(options.filter);
    const nothing = queries.map((): RankedChunk[] => []);
    checkQueries(call, queries, this.#options.dimensions); // for a store without a table, too
    return this.#read('searchDense', nothing, async (run) => {
      const checked = checkQueries(call, queries, this.dimensions);
      if (this.#dimensions === undefined || queries.length === 0) return nothing;
      const candidates = Math.max(k, this.#options.efSearch ?? 100);
      const isIndexed = await allowIndex(run, this.#names, candidates, options.filter !== undefined);
      return searchVectors(run, this.#names, checked, k, where, isIndexed);
    });
  }

  async searchText(queries: readonly string[], options: SearchOptions): Promise<RankedChunk[][]> {
    const { k } = checkSearch(this.#call('searchText'), options);
    const where = this.#where(options.filter);
    const nothing = queries.map((): RankedChunk[] => []);
    return this.#read('searchText', nothing, (run) =>
      searchTerms(run, this.#names, queries.map(this.#analyze), k, where, this.#options),
    );
  }

  async searchSparse(queries: readonly SparseVector[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchSparse');
    const { k } = checkSearch(call, options);
    const where = this.#where(options.filter);
    const checked = checkSparseQueries(call, queries);
    const nothing = queries.map((): RankedChunk[] => []);
    return this.#read('searchSparse', nothing, (run) => searchSparse(run, this.#names, checked, k, where));
  }

  async searchMultiVector(): Promise<RankedChunk[][]> {
    throw withoutTokens(this.#call('searchMultiVector'));
  }

  async optimize(): Promise<void> {
    this.#call('optimize');
    const isThere = await this.#database.write('optimize', async (run) => {
      await lock(run, this.#names);
      const { exists, dimensions } = await viewTables(run, this.#names);
      if (exists) await buildIndex(run, this.#names, dimensions, this.#options.indexAbove ?? 20_000);
      return exists;
    });
    const tables = [this.#names.chunks, this.#names.postings, this.#names.weights];
    if (isThere) await this.#database.vacuum('optimize', tables);
  }

  async readFacts(prefix = ''): Promise<Readonly<Record<string, string>>> {
    this.#call('readFacts');
    const facts = await this.#database.read('readFacts', (run) => readFacts(run, this.#names, prefix));
    return Object.fromEntries(Object.entries(facts).filter(([name]) => !name.startsWith('store:')));
  }

  async writeFacts(facts: Readonly<Record<string, string>>): Promise<void> {
    this.#call('writeFacts');
    await this.#database.write('writeFacts', async (run) => {
      await lock(run, this.#names);
      await writeFacts(run, this.#names, facts);
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#database.close();
  }

  #call(op: string): Call {
    const call = { store: 'pgvector', op };
    checkOpen(call, this.#closed);
    return call;
  }

  #where(filter: ChunkFilter | undefined): Where {
    const node = filter === undefined ? undefined : parseFilter(filter);
    return (parameters) => (node === undefined ? 'TRUE' : filterSql(node, parameters));
  }

  /** In the order of the ids, behind the last one of the page before. */
  async #page(filter: ChunkFilter | undefined, after: string | undefined, limit: number): Promise<Chunk[]> {
    const op = after === undefined && filter !== undefined && 'id' in filter ? 'get' : 'chunks';
    const where = this.#where(filter);
    return this.#read(op, [], async (run) => {
      const parameters: Parameter[] = [limit];
      const behind = after === undefined ? 'TRUE' : `id > $${parameters.push(after)}::text`;
      const rows = await run<{ chunk: string }>(
        `SELECT chunk FROM ${this.#names.chunks} WHERE ${behind} AND ${where(parameters)} ORDER BY id LIMIT $1::int`,
        parameters,
      );
      return rows.map(({ chunk }) => JSON.parse(chunk) as Chunk);
    });
  }

  async #read<T>(op: string, nothing: T, read: (run: Run) => Promise<T>): Promise<T> {
    this.#call(op);
    return this.#database.read(op, async (run) => {
      const { exists, dimensions } = await viewTables(run, this.#names);
      this.#dimensions = dimensions;
      return exists ? read(run) : nothing;
    });
  }
}

/** pgvector has no type for several vectors of a row. */
const withoutTokens = (call: Call): StoreError =>
  new StoreError({
    ...call,
    reason: 'unsupported',
    expected: 'a store that keeps token vectors (memory, lancedb)',
    got: 'pgvector, which does not',
    hint: 'or rerank what another retriever finds: maxSimReranker',
  });
