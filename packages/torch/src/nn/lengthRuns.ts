import { ArgumentError, ShapeError } from '../errors.ts';

/** Sequences of equal length: they form a rectangle, so attention over them needs no padding and no mask. */
export interface LengthRun {
  readonly length: number;
  /** Indexes of the sequences in the batch, ascending. */
  readonly sequences: readonly number[];
}

/** Sequences of similar length, to be padded to the longest of them. */
export interface LengthBucket {
  /** Of the longest. */
  readonly length: number;
  /** Indexes of the sequences in the batch, longest first. */
  readonly sequences: readonly number[];
}

/** Share of padding that a bucket may have: bench/attention. */
const PADDING = 0.15;

export interface LengthPlan {
  readonly runs: readonly LengthRun[];
  readonly buckets: readonly LengthBucket[];
  /** Tokens of each run if the runs follow one another in the stream; else absent. */
  readonly sizes?: readonly number[];
}

/**
 * Groups the sequences of a stream by length.
 *
 * @throws ArgumentError for no sequence, or a length that is no whole number ≥ 1
 * @throws ShapeError if the lengths do not sum up to `tokens`
 */
export function planByLength(op: string, lengths: readonly number[], tokens: number): LengthPlan {
  if (lengths.length === 0) throw new ArgumentError(op, 'the batch has no sequence');
  const byLength = new Map<number, number[]>();
  let sum = 0;
  let before: number | undefined;
  let contiguous = true;
  lengths.forEach((length, sequence) => {
    if (!Number.isSafeInteger(length) || length < 1) {
      throw new ArgumentError(op, `the length of sequence ${sequence} must be a whole number ≥ 1`, {
        got: String(length),
      });
    }
    sum += length;
    const run = byLength.get(length);
    if (run) {
      contiguous &&= before === length;
      run.push(sequence);
    } else byLength.set(length, [sequence]);
    before = length;
  });
  if (sum !== tokens) {
    throw new ShapeError(op, 'the lengths must sum up to the number of tokens', {
      expected: `${tokens} tokens`,
      got: `lengths that sum up to ${sum}`,
    });
  }
  const runs = [...byLength].map(([length, sequences]) => ({ length, sequences }));
  const buckets = bucketByLength(lengths, PADDING);
  if (!contiguous) return { runs, buckets };
  return { runs, buckets, sizes: runs.map((run) => run.length * run.sequences.length) };
}

/** Fills buckets from the longest sequence on, while no more than `padding` of their elements are padding. */
export function bucketByLength(lengths: readonly number[], padding: number): LengthBucket[] {
  const lengthOf = (sequence: number): number => lengths[sequence] as number;
  const longestFirst = lengths.map((_, i) => i).sort((a, b) => lengthOf(b) - lengthOf(a) || a - b);
  const buckets: { length: number; sequences: number[]; tokens: number }[] = [];
  for (const sequence of longestFirst) {
    const last = buckets.at(-1);
    const tokens = (last?.tokens ?? 0) + lengthOf(sequence);
    if (last && tokens >= (1 - padding) * last.length * (last.sequences.length + 1)) {
      last.sequences.push(sequence);
      last.tokens = tokens;
    } else buckets.push({ length: lengthOf(sequence), sequences: [sequence], tokens: lengthOf(sequence) });
  }
  return buckets.map(({ length, sequences }) => ({ length, sequences }));
}

const plans = new WeakMap<readonly number[], { readonly tokens: number; readonly plan: LengthPlan }>();

/** {@link planByLength}, remembered per list of lengths: each layer of a model asks for the same one. */
export function planOnce(op: string, lengths: readonly number[], tokens: number): LengthPlan {
  const known = plans.get(lengths);
  if (known?.tokens === tokens && Object.isFrozen(lengths)) return known.plan;
  const plan = planByLength(op, lengths, tokens);
  if (Object.isFrozen(lengths)) plans.set(lengths, { tokens, plan });
  return plan;
}
