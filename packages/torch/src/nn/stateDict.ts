import { noGrad } from '../autograd/index.ts';
import { ArgumentError, TorchError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { checkOptions, isObject } from '../ops/arguments.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { Slot } from './walk.ts';

export interface ShapeMismatch {
  readonly name: string;
  readonly expected: readonly number[];
  readonly got: readonly number[];
}

export interface StateDictProblems {
  /** In the module, but not in the source. */
  readonly missing: readonly string[];
  /** In the source, but not in the module. */
  readonly unexpected: readonly string[];
  readonly mismatched: readonly ShapeMismatch[];
}

/** The weights do not fit the module; lists everything that is wrong, not the first thing only. */
export class StateDictError extends TorchError implements StateDictProblems {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly mismatched: readonly ShapeMismatch[];

  constructor(op: string, problems: StateDictProblems) {
    const lines = [
      ...problems.missing.map((name) => `missing: ${name}`),
      ...problems.unexpected.map((name) => `unexpected: ${name}`),
      ...problems.mismatched.map(
        ({ name, expected, got }) =>
          `shape of ${name}: expected [${expected.join(', ')}], got [${got.join(', ')}]`,
      ),
    ];
    super(op, `the weights do not fit the module:\n  ${lines.join('\n  ')}`);
    this.name = 'StateDictError';
    this.missing = problems.missing;
    this.unexpected = problems.unexpected;
    this.mismatched = problems.mismatched;
  }
}

/** Named weights that can be inspected before they are read; an opened safetensors file is one. */
export interface WeightSource {
  readonly names: Iterable<string>;
  info(name: string): { readonly shape: readonly number[] };
  tensor(name: string): Tensor;
}

export type StateDict = ReadonlyMap<string, Tensor> | Readonly<Record<string, Tensor>>;

export interface LoadOptions {
  /** Throw on missing and unexpected names (default true). Shapes must fit in either case. */
  readonly strict?: boolean;
  /** Maps a name of the source to the module's, or to `undefined` to pass over it. */
  readonly rename?: (name: string) => string | undefined;
}

const entriesOf = (state: StateDict): Iterable<[string, Tensor]> =>
  state instanceof Map ? state.entries() : Object.entries(state);

/**
 * A state dict seen as a source.
 *
 * @throws ArgumentError if it is none
 */
export function sourceOf(op: string, state: StateDict): WeightSource {
  const advice = 'weights of a file go through loadFrom(openSafetensors(path))';
  if (!isObject(state)) {
    throw new ArgumentError(op, `the state must be a Map or a record of Tensors; ${advice}`, {
      got: typeof state === 'string' ? `'${state}'` : typeof state,
    });
  }
  const tensors = new Map(entriesOf(state));
  for (const [name, tensor] of tensors) {
    if (!(tensor instanceof Tensor))
      throw new ArgumentError(op, `'${name}' of the state is no Tensor; ${advice}`, { got: typeof tensor });
  }
  const find = (name: string): Tensor => tensors.get(name) as Tensor;
  return { names: tensors.keys(), info: (name) => ({ shape: find(name).shape }), tensor: find };
}

/** @throws ArgumentError if it is none, such as a file's path */
export function checkSource(op: string, source: unknown): void {
  const { names, info, tensor } = Object(source) as Partial<WeightSource>;
  if (names !== undefined && typeof info === 'function' && typeof tensor === 'function') return;
  throw new ArgumentError(op, 'the source is no opened file: open it first: openSafetensors(path)', {
    expected: '{ names, info(name), tensor(name) }',
    got: typeof source === 'string' ? `'${source}'` : typeof source,
  });
}

const sameShape = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((size, i) => size === b[i]);

/**
 * Copies a source's tensors into the slots, converting dtype and device. Everything is checked before
 * anything is copied. Tensors are read one by one, so a file's weights are never in memory twice.
 * Returns what did not match (empty lists if `strict`).
 */
export function loadInto(
  op: string,
  slots: readonly Slot[],
  source: WeightSource,
  options: LoadOptions,
): StateDictProblems {
  checkOptions(op, options, ['strict', 'rename']);
  const wanted = new Map<string, Slot[]>();
  for (const slot of slots) wanted.set(slot.name, [...(wanted.get(slot.name) ?? []), slot]);

  const matches: { readonly slot: Slot; readonly from: string }[] = [];
  const found = new Set<string>();
  const unexpected: string[] = [];
  const mismatched: ShapeMismatch[] = [];
  for (const from of source.names) {
    const name = options.rename ? options.rename(from) : from;
    if (name === undefined) continue;
    const targets = wanted.get(name);
    if (!targets || found.has(name)) {
      unexpected.push(found.has(name) ? `${from} (a second ${name})` : from);
      continue;
    }
    found.add(name);
    const got = source.info(from).shape;
    for (const slot of targets) {
      const expected = slot.tensor.shape;
      if (sameShape(expected, got)) matches.push({ slot, from });
      else mismatched.push({ name, expected, got });
    }
  }
  // Tied weights have several names; one of them is enough.
  const filled = new Set(matches.map(({ slot }) => slot.tensor));
  const missing = [...wanted].filter(
    ([name, [slot]]) => !found.has(name) && !(slot && filled.has(slot.tensor)),
  );
  const problems = { missing: missing.map(([name]) => name), unexpected, mismatched };
  const strict = options.strict ?? true;
  if (mismatched.length > 0 || (strict && (missing.length > 0 || unexpected.length > 0))) {
    throw new StateDictError(op, problems);
  }
  noGrad(() => {
    for (const { slot, from } of matches) {
      scope(() => {
        slot.tensor.copy_(source.tensor(from));
      });
    }
  });
  return problems;
}
