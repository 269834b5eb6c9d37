import { ArgumentError } from '../errors.ts';
import { heldTensors } from '../memory/index.ts';
import { checkOptions } from '../ops/arguments.ts';
import { fromTypedArray } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** Token ids of one sequence. */
export type TokenIds = readonly number[] | Int32Array | Uint32Array | Uint16Array;

export interface PackOptions {
  /** Segment (token type) of each token, one list per sequence. */
  readonly segmentIds?: readonly TokenIds[];
  /** Position of each token; by default each sequence counts from 0. */
  readonly positions?: readonly TokenIds[];
  /**
   * How many tokens of each sequence, from its start, are attended to; those behind attend to them and to nothing else
   * (ColBERT's query expansion, arXiv 2004.12832). Default all.
   */
  readonly attended?: readonly number[];
  /** Default cpu. */
  readonly device?: string;
}

interface Stream {
  readonly ids: BigInt64Array;
  /** The largest id in the stream. */
  readonly max: number;
}

/**
 * Sequences of tokens one after the other, without padding: T real tokens in all, in the order given.
 * Sorted by length is fastest; see `sortByLength`.
 */
export class PackedBatch {
  /** int64 [T] */
  readonly tokens: Tensor;
  /** int64 [T] */
  readonly positions: Tensor;
  /** int64 [T]; absent if all segments are 0. */
  readonly segmentIds?: Tensor;
  /** Tokens of each sequence, all ≥ 1; their sum is T. */
  readonly lengths: readonly number[];
  /** Tokens of each sequence, from its start, that are attended to; absent if all are. */
  readonly attended?: readonly number[];
  /** int32 [sequences + 1]: where each sequence starts, and T. */
  readonly cuSeqlens: Tensor;
  /** The largest token id, position and segment id: what an embedding table must hold. */
  readonly max: { readonly token: number; readonly position: number; readonly segment: number };
  readonly #sequences: readonly TokenIds[];
  readonly #options: PackOptions;

  /** @throws ArgumentError as {@link pack} */
  constructor(sequences: readonly TokenIds[], options: PackOptions = {}) {
    checkOptions('pack', options, ['segmentIds', 'positions', 'attended', 'device']);
    checkLists('sequence', sequences);
    if (sequences.length === 0)
      throw new ArgumentError('pack', 'the batch is empty: give at least one sequence');
    const empty = sequences.findIndex((sequence) => sequence.length === 0);
    if (empty >= 0) {
      throw new ArgumentError('pack', `sequence ${empty} is empty: leave it out, or give it a token`);
    }
    const { segmentIds, positions, device } = options;
    if (segmentIds) checkLists('segment id list', segmentIds);
    if (positions) checkLists('position list', positions);
    this.#sequences = sequences;
    this.#options = options;
    this.lengths = Object.freeze(sequences.map((sequence) => sequence.length));
    if (options.attended) checkAttended(options.attended, this.lengths);
    if (options.attended?.some((count, i) => count !== this.lengths[i])) {
      this.attended = Object.freeze([...options.attended]);
    }
    const counting = positions ?? this.lengths.map((length) => Array.from({ length }, (_, i) => i));
    const tokens = flatten('token', sequences, this.lengths);
    const places = flatten('position', counting, this.lengths);
    const segments = segmentIds && flatten('segment id', segmentIds, this.lengths);
    this.max = { token: tokens.max, position: places.max, segment: segments?.max ?? 0 };
    this.tokens = place(tokens.ids, device);
    this.positions = place(places.ids, device);
    if (segments) this.segmentIds = place(segments.ids, device);
    this.cuSeqlens = place(offsets(this.lengths), device);
  }

  /** T, the number of tokens. */
  get tokenCount(): number {
    return this.lengths.reduce((sum, length) => sum + length, 0);
  }

  /** The same sequences in another order: `order[i]` is the index here of the new batch's sequence i. */
  reordered(order: readonly number[]): PackedBatch {
    const pick = <T>(lists: readonly T[]): T[] => order.map((index) => lists[index] as T);
    const { segmentIds, positions, attended, ...rest } = this.#options;
    return new PackedBatch(pick(this.#sequences), {
      ...rest,
      ...(segmentIds && { segmentIds: pick(segmentIds) }),
      ...(positions && { positions: pick(positions) }),
      ...(attended && { attended: pick(attended) }),
    });
  }

  /** What a scope that returns the batch must not free. */
  get [heldTensors](): readonly Tensor[] {
    const tensors = [this.tokens, this.positions, this.cuSeqlens];
    return this.segmentIds ? [...tensors, this.segmentIds] : tensors;
  }

  dispose(): void {
    for (const tensor of this[heldTensors]) tensor.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/**
 * Packs sequences of token ids into one stream.
 *
 * @throws ArgumentError for an empty batch, an empty sequence, an id that is no whole number ≥ 0, or
 *   segment ids, positions or attended tokens that do not fit the sequences
 */
export const pack = (sequences: readonly TokenIds[], options: PackOptions = {}): PackedBatch =>
  new PackedBatch(sequences, options);

function checkLists(what: string, lists: unknown): void {
  const expected = 'an array with one array of whole numbers per sequence';
  if (!Array.isArray(lists)) {
    throw new ArgumentError('pack', `the ${what}s must be ${expected}`, { expected, got: typeof lists });
  }
  const isList = (list: unknown): boolean =>
    Array.isArray(list) || (ArrayBuffer.isView(list) && !(list instanceof DataView));
  const bad = lists.findIndex((list) => !isList(list));
  if (bad < 0) return;
  const kind = what === 'sequence' ? 'token ids' : 'whole numbers';
  throw new ArgumentError('pack', `${what} ${bad} is no array of ${kind}`, {
    expected,
    got: String(lists[bad]).slice(0, 40),
  });
}

function checkAttended(attended: readonly number[], lengths: readonly number[]): void {
  const bad = lengths.findIndex((length, i) => {
    const count = attended[i];
    return !Number.isSafeInteger(count) || (count as number) < 1 || (count as number) > length;
  });
  if (bad < 0 && attended.length === lengths.length) return;
  const at = bad < 0 ? lengths.length : bad;
  throw new ArgumentError('pack', `attended needs one whole number per sequence: see sequence ${at}`, {
    expected: bad < 0 ? `${lengths.length} numbers` : `1 to ${lengths[bad]}`,
    got: bad < 0 ? `${attended.length} numbers` : String(attended[bad]),
  });
}

/** [0, l₀, l₀ + l₁, …, T] as int32. */
export function offsets(lengths: readonly number[]): Int32Array {
  const ends = new Int32Array(lengths.length + 1);
  for (let i = 0; i < lengths.length; i++) ends[i + 1] = (ends[i] as number) + (lengths[i] as number);
  return ends;
}

function place(ids: BigInt64Array | Int32Array, device: string | undefined): Tensor {
  const made = fromTypedArray(ids, [ids.length]);
  if (device === undefined || device === 'cpu') return made;
  try {
    return made.to({ device });
  } finally {
    made.dispose();
  }
}

function flatten(what: string, lists: readonly TokenIds[], lengths: readonly number[]): Stream {
  if (lists.length !== lengths.length) {
    throw new ArgumentError('pack', `${what}s need one list per sequence`, {
      expected: `${lengths.length} lists`,
      got: `${lists.length} lists`,
    });
  }
  const ids = new BigInt64Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  let max = 0;
  lists.forEach((list, sequence) => {
    if (list.length !== lengths[sequence]) {
      throw new ArgumentError('pack', `sequence ${sequence} needs one ${what} per token`, {
        expected: String(lengths[sequence]),
        got: String(list.length),
      });
    }
    for (let i = 0; i < list.length; i++) {
      const id = list[i] as number;
      if (!Number.isSafeInteger(id) || id < 0) {
        throw new ArgumentError('pack', `${what} ${i} of sequence ${sequence} must be a whole number ≥ 0`, {
          got: String(id),
        });
      }
      ids[at++] = BigInt(id);
      if (id > max) max = id;
    }
  });
  return { ids, max };
}
