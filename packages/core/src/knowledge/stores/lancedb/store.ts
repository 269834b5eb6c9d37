import type { Connection, Table } from '@lancedb/lancedb';
import type { FixedSizeList, List, Schema } from 'apache-arrow';
import type { Chunk } from '../../../corpus/chunks/types.ts';
import { StoreError } from '../../errors.ts';
import { compareText, parseFilter } from '../../filters/index.ts';
import { type TermLanguage, termAnalyzer } from '../../terms/index.ts';
import type {
  ChunkFilter,
  EmbeddedChunk,
  KnowledgeStore,
  MultiVector,
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
  checkTokenQueries,
} from '../checks.ts';
import { metadataColumns, toArrow } from './arrowTable.ts';
import { emptyColumn, metadataTypeOfColumn } from './columns.ts';
import type { FactsTable } from './factsTable.ts';
import { backendError, withRetries } from './failures.ts';
import { filterSql } from './filterSql.ts';
import { buildIndexes } from './indexes.ts';
import type { LanceStoreOptions } from './options.ts';
import { chunkOfRow } from './rows.ts';
import { searchSparse } from './sparseSearch.ts';
import { indexTerms, searchTerms } from './textSearch.ts';
import { searchTokens, tokenIndexName } from './tokenSearch.ts';
import { addedVectorColumns, type VectorColumns, vectorColumnsFor } from './vectorColumns.ts';
import { searchVectors } from './vectorSearch.ts';

/** Ids in one look-up. */
const page = 500;

/** Rows up to which the terms are indexed anew before a text search whatever was written. */
const fewRows = 2000;
/** Above, what changed since may be this part of the rows: it is searched without index, by the old statistics. */
const staleShare = 0.05;

type CheckedOptions = LanceStoreOptions & { readonly table: string; readonly language: TermLanguage };

/** What is known of the table at the moment. */
interface View {
  readonly table: Table;
  readonly version: number;
  readonly columns: ReadonlySet<string>;
  readonly rows: number;
  readonly found: VectorColumns;
  /** Whether token vectors have an index. */
  readonly tokensIndexed: boolean;
}

export class LanceStore implements KnowledgeStore {
  readonly #database: Connection;
  readonly #facts: FactsTable;
  readonly #options: CheckedOptions;
  readonly #analyze: (text: string) => string[];
  #table: Table | undefined;
  #known: View | undefined;
  #dimensions: number | undefined;
  #closed = false;
  /** Rows written by us since the terms were indexed. */
  #changed = 0;
  /** Writes of this process go one after the other. */
  #lastWrite: Promise<unknown> = Promise.resolve();

  constructor(database: Connection, facts: FactsTable, options: CheckedOptions) {
    this.#database = database;
    this.#facts = facts;
    this.#options = options;
    this.#analyze = termAnalyzer(options.language);
  }

  get dimensions(): number | undefined {
    return this.#options.dimensions ?? this.#dimensions;
  }

  /** @throws StoreError if the vectors of a store that is there have another length than the options say */
  async open(): Promise<void> {
    await this.#view('open');
    const { dimensions } = this.#options;
    if (dimensions === undefined || this.#dimensions === undefined || dimensions === this.#dimensions) return;
    const expected = `${this.#dimensions} dimensions, as the store has`;
    throw new StoreError({ ...this.#call('open'), reason: 'dimensions', expected, got: String(dimensions) });
  }

  upsert(chunks: readonly EmbeddedChunk[]): Promise<number> {
    return this.#write('upsert', async (call) => {
      const view = await this.#view('upsert');
      const { dimensions } = this;
      const checked = checkChunks(call, chunks, { dimensions, tokenDimensions: tokenLength(view) });
      if (checked.length === 0) return 0;
      const isOther = view?.rows === 0 && haveOtherLengths(view.found, vectorColumnsFor(checked));
      if (view === undefined || isOther) await this.#create(checked, isOther);
      else await this.#merge(view, checked);
      await this.#view('upsert');
      this.#changed += checked.length;
      return checked.length;
    });
  }

  delete(filter: ChunkFilter): Promise<number> {
    return this.#write('delete', async () => {
      const view = await this.#view('delete');
      if (view === undefined) {
        parseFilter(filter);
        return 0;
      }
      const { numDeletedRows } = await view.table.delete(whereOf(view, filter) as string);
      this.#changed += numDeletedRows;
      await this.#view('delete');
      return numDeletedRows;
    });
  }

  count(filter?: ChunkFilter): Promise<number> {
    return this.#read('count', 0, filter, ({ table }, where) => table.countRows(where));
  }

  async get(ids: readonly string[]): Promise<(Chunk | undefined)[]> {
    const found = new Map<string, Chunk>();
    for (let start = 0; start < ids.length; start += page) {
      const filter = { id: { in: ids.slice(start, start + page) } };
      const rows = await this.#read('get', [], filter, ({ table }, where) =>
        table
          .query()
          .where(where as string)
          .select(['chunk'])
          .toArray(),
      );
      for (const chunk of rows.map(chunkOfRow)) found.set(chunk.id, chunk);
    }
    this.#call('get');
    return ids.map((id) => found.get(id));
  }

  async *chunks(filter?: ChunkFilter): AsyncGenerator<Chunk, void, undefined> {
    const ids = await this.#read('chunks', [], filter, async ({ table }, where) => {
      const query = table.query().select(['id']);
      if (where !== undefined) query.where(where);
      return Array.from((await query.toArrow()).getChild('id') ?? [], String);
    });
    ids.sort(compareText);
    for (let start = 0; start < ids.length; start += page) {
      for (const chunk of await this.get(ids.slice(start, start + page)))
        if (chunk !== undefined) yield chunk;
    }
  }

  async searchDense(queries: readonly Float32Array[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchDense');
    const { k } = checkSearch(call, options);
    const nothing = queries.map((): RankedChunk[] => []);
    checkQueries(call, queries, this.#options.dimensions); // for a store without a table, too
    return this.#read('searchDense', nothing, options.filter, (view, where) => {
      const checked = checkQueries(call, queries, this.dimensions);
      const isEmpty = view.rows === 0 || view.found.dimensions === undefined;
      return isEmpty ? nothing : searchVectors(view, checked, k, where, this.#options);
    });
  }

  async searchText(queries: readonly string[], options: SearchOptions): Promise<RankedChunk[][]> {
    const { k } = checkSearch(this.#call('searchText'), options);
    const nothing = queries.map((): RankedChunk[] => []);
    await this.#refreshTerms();
    return this.#read('searchText', nothing, options.filter, ({ table, rows }, where) =>
      rows === 0 ? nothing : searchTerms(table, queries.map(this.#analyze), k, where),
    );
  }

  async searchSparse(queries: readonly SparseVector[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchSparse');
    const { k } = checkSearch(call, options);
    const checked = checkSparseQueries(call, queries);
    const nothing = queries.map((): RankedChunk[] => []);
    return this.#read('searchSparse', nothing, options.filter, async (view, where) => {
      if (!view.found.sparse || queries.length === 0) return nothing;
      // One version for both of its reads, whatever is written meanwhile.
      const snapshot = await this.#database.openTable(this.#options.table);
      try {
        await snapshot.checkout(view.version);
        return await searchSparse(snapshot, checked, k, where);
      } finally {
        snapshot.close();
      }
    });
  }

  async searchMultiVector(queries: readonly MultiVector[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchMultiVector');
    const { k } = checkSearch(call, options);
    checkTokenQueries(call, queries, undefined); // for a store without a table, too
    const nothing = queries.map((): RankedChunk[] => []);
    return this.#read('searchMultiVector', nothing, options.filter, (view, where) => {
      const length = tokenLength(view);
      const checked = checkTokenQueries(call, queries, length);
      if (length === undefined) return nothing;
      return searchTokens(view.table, view.tokensIndexed, checked, k, where, this.#options);
    });
  }

  optimize(): Promise<void> {
    return this.#write('optimize', async () => {
      const view = await this.#view('optimize');
      const keep = (this.#options.keepVersionsMinutes ?? 10) * 60_000;
      const olderThan = new Date(Date.now() - keep);
      await this.#facts.optimize(olderThan);
      if (view === undefined) return;
      await buildIndexes(view, this.#options.indexAbove ?? 20_000, olderThan);
      this.#changed = 0;
    });
  }

  async readFacts(prefix?: string): Promise<Readonly<Record<string, string>>> {
    this.#call('readFacts');
    const facts = await this.#facts.read(prefix);
    return Object.fromEntries(Object.entries(facts).filter(([name]) => !name.startsWith('store:')));
  }

  writeFacts(facts: Readonly<Record<string, string>>): Promise<void> {
    return this.#write('writeFacts', () => this.#facts.write(facts));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#lastWrite.catch(() => undefined);
    this.#table?.close();
    this.#facts.close();
    this.#database.close();
  }

  async #create(chunks: readonly EmbeddedChunk[], overwrite: boolean): Promise<void> {
    const rows = toArrow(chunks, vectorColumnsFor(chunks), metadataColumns(chunks), this.#analyze);
    await this.#facts.write({ 'store:language': this.#options.language });
    // A new version of the same table: readers who have it open go on.
    const mode = overwrite ? 'overwrite' : 'create';
    this.#table = await this.#database.createTable(this.#options.table, rows, { mode });
    await indexTerms(this.#table);
    this.#changed = -chunks.length; // indexed: the caller adds them
  }

  async #merge({ table, columns, found }: View, chunks: readonly EmbeddedChunk[]): Promise<void> {
    const missing = metadataColumns(chunks).filter((name) => !columns.has(name));
    const wanted = vectorColumnsFor(chunks, found);
    const added = [...missing.map(emptyColumn), ...addedVectorColumns(found, wanted)];
    if (added.length > 0) await table.addColumns(added);
    const metadata = [...columns, ...missing].filter((name) => metadataTypeOfColumn(name) !== undefined);
    const rows = toArrow(chunks, wanted, metadata, this.#analyze);
    await table.mergeInsert('id').whenMatchedUpdateAll().whenNotMatchedInsertAll().execute(rows);
  }

  /** Brings the index over the terms up to date if so much has changed that scores would be off. */
  async #refreshTerms(): Promise<void> {
    if (this.#changed === 0) return;
    const view = await this.#view('searchText');
    if (view === undefined || view.rows === 0) return;
    if (view.rows > fewRows && this.#changed <= staleShare * view.rows) return;
    await this.#write('searchText', async () => {
      if (this.#changed === 0) return;
      await indexTerms(view.table);
      this.#changed = 0;
    });
  }

  #call(op: string): Call {
    const call = { store: 'lancedb', op };
    checkOpen(call, this.#closed);
    return call;
  }

  /** Looks at the table as it is now; undefined while there is none. */
  async #view(op: string): Promise<View | undefined> {
    const { table: name } = this.#options;
    try {
      if (this.#table === undefined && (await this.#database.tableNames()).includes(name)) {
        this.#table = await this.#database.openTable(name);
      }
      if (this.#table === undefined) return undefined;
      const table = this.#table;
      const version = await table.version();
      if (this.#known?.table !== table || this.#known.version !== version) {
        const [schema, rows] = await Promise.all([table.schema(), table.countRows()]);
        const found = vectorColumnsOf(schema);
        const indices = found.tokenDimensions === undefined ? [] : await table.listIndices();
        const tokensIndexed = indices.some((index) => index.name === tokenIndexName);
        const columns = new Set(schema.names.map(String));
        this.#known = { table, version, columns, rows, found, tokensIndexed };
        this.#dimensions = rows === 0 ? undefined : found.dimensions;
      }
      return this.#known;
    } catch (cause) {
      throw backendError(op, cause);
    }
  }

  async #read<T>(
    op: string,
    nothing: T,
    filter: ChunkFilter | undefined,
    read: (view: View, where: string | undefined) => T | Promise<T>,
  ): Promise<T> {
    this.#call(op);
    if (filter !== undefined) parseFilter(filter);
    const view = await this.#view(op);
    if (view === undefined) return nothing;
    try {
      return await read(view, whereOf(view, filter));
    } catch (cause) {
      throw backendError(op, cause);
    }
  }

  async #write<T>(op: string, write: (call: Call) => Promise<T>): Promise<T> {
    const call = this.#call(op);
    const run = this.#lastWrite.then(() => withRetries(op, () => write(call)));
    this.#lastWrite = run.catch(() => undefined);
    return run;
  }
}

const whereOf = (view: View, filter: ChunkFilter | undefined): string | undefined =>
  filter === undefined ? undefined : filterSql(parseFilter(filter), view.columns);

const tokenLength = (view: View | undefined): number | undefined =>
  view === undefined || view.rows === 0 ? undefined : view.found.tokenDimensions;

/** Whether an emptied table must be made anew for these. */
const haveOtherLengths = (has: VectorColumns, wanted: VectorColumns): boolean =>
  (['dimensions', 'tokenDimensions'] as const).some(
    (key) => has[key] !== undefined && wanted[key] !== undefined && has[key] !== wanted[key],
  );

function vectorColumnsOf({ fields }: Schema): VectorColumns {
  const typeOf = (name: string) => fields.find((field) => field.name === name)?.type;
  const tokens = (typeOf('tokens') as List | undefined)?.children[0]?.type as FixedSizeList | undefined;
  return {
    dimensions: (typeOf('vector') as FixedSizeList | undefined)?.listSize,
    tokenDimensions: tokens?.listSize,
    sparse: typeOf('sparse_indices') !== undefined,
  };
}
