import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Chunk } from '../../../corpus/chunks/types.ts';
import { StoreError } from '../../errors.ts';
import { compareText, type FilterNode, matches, parseFilter } from '../../filters/index.ts';
import { type Bm25Options, searchableText } from '../../terms/index.ts';
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
import { updateFacts, withPrefix } from '../facts.ts';
import { BestOf } from '../ranking.ts';
import { rankByMaxSim } from './multiVectors.ts';
import { mostChunks } from './postings.ts';
import { SparseIndex } from './sparseIndex.ts';
import { TextIndex } from './textIndex.ts';
import { Vectors } from './vectors.ts';

export interface MemoryStoreOptions extends Bm25Options {
  /** Length of the vectors; default: that of the first one. */
  readonly dimensions?: number;
}

/** Everything in memory, exact search; gone when the process ends. For tests, small corpora and evaluation. */
export const memoryStore = (options: MemoryStoreOptions = {}): KnowledgeStore => new MemoryStore(options);

/** Multiplications between two looks at the event loop: some 50 ms. */
const workPerTurn = 5e7;

class MemoryStore implements KnowledgeStore {
  readonly #options: MemoryStoreOptions;
  /** By number; undefined where one was removed. */
  #chunks: (Chunk | undefined)[] = [];
  #numbers = new Map<string, number>();
  #vectors: Vectors | undefined;
  #text: TextIndex;
  #sparse = new SparseIndex();
  /** By number. */
  #tokens = new Map<number, MultiVector>();
  #tokenDimensions: number | undefined;
  #facts: Record<string, string> = {};
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#options = options;
    this.#text = new TextIndex(options);
  }

  get dimensions(): number | undefined {
    return this.#options.dimensions ?? this.#vectors?.dimensions;
  }

  async upsert(chunks: readonly EmbeddedChunk[]): Promise<number> {
    const call = this.#call('upsert');
    const { dimensions } = this;
    const checked = checkChunks(call, chunks, { dimensions, tokenDimensions: this.#tokenDimensions });
    if (this.#chunks.length + checked.length > mostChunks) {
      const expected = `at most ${mostChunks} chunks`;
      throw new StoreError({ ...call, reason: 'option', expected, got: 'more', hint: 'use another store' });
    }
    for (const { chunk, vector, sparse, tokens } of checked) {
      this.#remove(chunk.id);
      const number = this.#chunks.length;
      if (vector !== undefined) {
        this.#vectors ??= new Vectors(vector.length);
        this.#vectors.set(number, vector);
      }
      if (sparse !== undefined) this.#sparse.add(number, sparse);
      if (tokens !== undefined) {
        this.#tokenDimensions = tokens.dimensions;
        this.#tokens.set(number, tokens);
      }
      this.#text.add(number, searchableText(chunk));
      this.#chunks.push(chunk);
      this.#numbers.set(chunk.id, number);
    }
    this.#compact(0.5);
    return checked.length;
  }

  async delete(filter: ChunkFilter): Promise<number> {
    this.#call('delete');
    const found = this.#matching(filter);
    for (const { id } of found) this.#remove(id);
    this.#compact(0.5);
    return found.length;
  }

  async count(filter?: ChunkFilter): Promise<number> {
    this.#call('count');
    return this.#matching(filter).length;
  }

  async get(ids: readonly string[]): Promise<(Chunk | undefined)[]> {
    this.#call('get');
    return ids.map((id) => this.#chunks[this.#numbers.get(id) ?? -1]);
  }

  async *chunks(filter?: ChunkFilter): AsyncGenerator<Chunk, void, undefined> {
    this.#call('chunks');
    yield* this.#matching(filter).sort((a, b) => compareText(a.id, b.id));
  }

  async searchDense(queries: readonly Float32Array[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchDense');
    const { k, filter } = checkSearch(call, options);
    const vectors = this.#vectors;
    const checked = checkQueries(call, queries, this.dimensions);
    if (vectors === undefined) return checked.map(() => []);
    const work = this.#numbers.size * vectors.dimensions;
    return this.#eachQuery(checked, work, call, (query) =>
      this.#best(k, filter, (number) =>
        vectors.has(number) ? vectors.dot(number, query) : Number.NEGATIVE_INFINITY,
      ),
    );
  }

  async searchText(queries: readonly string[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchText');
    const { k, filter } = checkSearch(call, options);
    return this.#eachQuery(queries, this.#numbers.size * 32, call, (query) => {
      const scores = this.#text.scores(query);
      return this.#best(k, filter, (number) => scores[number] as number, 0);
    });
  }

  async searchSparse(queries: readonly SparseVector[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchSparse');
    const { k, filter } = checkSearch(call, options);
    const checked = checkSparseQueries(call, queries);
    return this.#eachQuery(checked, this.#numbers.size * 32, call, (query) => {
      const scores = this.#sparse.scores(query, this.#chunks.length);
      return this.#best(k, filter, (number) => scores[number] as number, 0);
    });
  }

  async searchMultiVector(queries: readonly MultiVector[], options: SearchOptions): Promise<RankedChunk[][]> {
    const call = this.#call('searchMultiVector');
    const { k, filter } = checkSearch(call, options);
    const checked = checkTokenQueries(call, queries, this.#tokenDimensions);
    const rows = [...this.#tokens]
      .map(([number, tokens]) => ({ chunk: this.#chunks[number] as Chunk, tokens }))
      .filter(({ chunk, tokens }) => tokens.data.length > 0 && (!filter || matches(filter, chunk)));
    return rankByMaxSim(rows, checked, k, async () => {
      await nextTurn();
      checkOpen(call, this.#closed);
    });
  }

  async optimize(): Promise<void> {
    this.#call('optimize');
    this.#compact(0);
  }

  async readFacts(prefix = ''): Promise<Readonly<Record<string, string>>> {
    this.#call('readFacts');
    return withPrefix(this.#facts, prefix);
  }

  async writeFacts(facts: Readonly<Record<string, string>>): Promise<void> {
    this.#call('writeFacts');
    this.#facts = updateFacts(this.#facts, facts);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#chunks = [];
    this.#numbers = new Map();
    this.#vectors = undefined;
    this.#text = new TextIndex(this.#options);
    this.#sparse = new SparseIndex();
    this.#tokens = new Map();
  }

  #call(op: string): Call {
    const call = { store: 'memory', op };
    checkOpen(call, this.#closed);
    return call;
  }

  #matching(filter: ChunkFilter | undefined): Chunk[] {
    const node = filter === undefined ? undefined : parseFilter(filter);
    return this.#chunks.filter(
      (chunk): chunk is Chunk => chunk !== undefined && (node === undefined || matches(node, chunk)),
    );
  }

  /** One query after the other, with a turn of the event loop in between when they take long. */
  async #eachQuery<Q>(
    queries: readonly Q[],
    work: number,
    call: Call,
    search: (query: Q) => RankedChunk[],
  ): Promise<RankedChunk[][]> {
    const results: RankedChunk[][] = [];
    let done = 0;
    for (const query of queries) {
      if (done > workPerTurn) {
        await nextTurn();
        checkOpen(call, this.#closed);
        done = 0;
      }
      results.push(search(query));
      done += work;
    }
    return results;
  }

  /** @param above only scores above this count */
  #best(
    k: number,
    filter: FilterNode | undefined,
    score: (number: number) => number,
    above = Number.NEGATIVE_INFINITY,
  ): RankedChunk[] {
    const best = new BestOf(k, (number) => (this.#chunks[number] as Chunk).id);
    this.#chunks.forEach((chunk, number) => {
      if (chunk === undefined || (filter !== undefined && !matches(filter, chunk))) return;
      const value = score(number);
      if (value > above) best.offer(number, value);
    });
    return best
      .ranked()
      .map(({ item, score: value }) => ({ chunk: this.#chunks[item] as Chunk, score: value }));
  }

  #remove(id: string): void {
    const number = this.#numbers.get(id);
    if (number === undefined) return;
    this.#text.remove(number, searchableText(this.#chunks[number] as Chunk));
    this.#chunks[number] = undefined;
    this.#tokens.delete(number);
    this.#numbers.delete(id);
  }

  /** Closes the gaps that removed chunks left, if they are more than this share. */
  #compact(share: number): void {
    const gaps = this.#chunks.length - this.#numbers.size;
    if (gaps === 0 || gaps <= share * this.#chunks.length) return;
    let next = 0;
    const numbers = Int32Array.from(this.#chunks, (chunk) => (chunk === undefined ? -1 : next++));
    this.#text.renumber(numbers);
    this.#sparse.renumber(numbers);
    this.#tokens = new Map(Array.from(this.#tokens, ([old, tokens]) => [numbers[old] as number, tokens]));
    this.#vectors?.renumber(numbers);
    this.#chunks = this.#chunks.filter((chunk) => chunk !== undefined);
    this.#numbers = new Map(this.#chunks.map((chunk, number) => [(chunk as Chunk).id, number]));
    // Vectors of another model may come into an emptied store.
    if (this.#chunks.length > 0) return;
    this.#vectors = undefined;
    this.#tokenDimensions = undefined;
  }
}
