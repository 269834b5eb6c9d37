import { ArgumentError, ShapeError } from '../errors.ts';
import { isObject } from '../ops/arguments.ts';
import { Tensor } from '../tensor/tensor.ts';
import type { GroupState, OptimizerStateDict } from './optimizerState.ts';

/**
 * Throws unless a saved state fits all groups and every part of it has a place; nothing is changed.
 *
 * @throws ArgumentError, ShapeError
 */
export function checkSaved(op: string, groups: readonly GroupState[], saved: OptimizerStateDict): void {
  if (!isObject(saved) || !isObject(saved.tensors) || !isObject(saved.steps)) {
    throw new ArgumentError(op, 'the state must have `tensors` and `steps`, as stateDict() returns them', {
      expected: '{ tensors, steps }',
      got: isObject(saved) ? `{ ${Object.keys(saved).join(', ')} }` : typeof saved,
    });
  }
  const names = new Set(groups.flatMap((group) => group.names));
  const unknown = Object.keys(saved.steps).filter((name) => !names.has(name));
  if (unknown.length > 0) {
    const message = 'the state is of another model: it names parameters that are not optimized here';
    throw new ArgumentError(op, message, { got: some(unknown) });
  }
  checkStray(op, groups, saved);
  for (const group of groups) checkGroup(op, group, saved);
}

const some = (names: readonly string[]): string =>
  names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');

/** State tensors that loading would pass over. */
function checkStray(op: string, groups: readonly GroupState[], saved: OptimizerStateDict): void {
  const keys = Object.keys(saved.tensors);
  const counted = (key: string): boolean => Object.hasOwn(saved.steps, key.slice(0, key.lastIndexOf('.')));
  const uncounted = keys.filter((key) => !counted(key));
  if (uncounted.length > 0) {
    const message = 'these state tensors have no step count; save and load `tensors` and `steps` together';
    throw new ArgumentError(op, message, { got: some(uncounted) });
  }
  const places = new Set(
    groups.flatMap(({ names, slots }) => names.flatMap((name) => slots.map((slot) => `${name}.${slot}`))),
  );
  const other = keys.filter((key) => !places.has(key));
  if (other.length > 0) {
    const message = 'the state is of another optimizer: it has tensors that are not kept here';
    throw new ArgumentError(op, message, { got: some(other) });
  }
}

function checkGroup(op: string, group: GroupState, saved: OptimizerStateDict): void {
  group.names.forEach((name, i) => {
    if (!Object.hasOwn(saved.steps, name)) return;
    const steps = saved.steps[name] as number;
    if (!Number.isSafeInteger(steps) || steps < 0) {
      throw new ArgumentError(op, `the steps of '${name}' must be a whole number ≥ 0`, {
        got: String(steps),
      });
    }
    const expected = `[${(group.parameters[i] as Tensor).shape.join(', ')}]`;
    for (const slot of group.slots) {
      const key = `${name}.${slot}`;
      const tensor = Object.hasOwn(saved.tensors, key) ? saved.tensors[key] : undefined;
      if (!(tensor instanceof Tensor))
        throw new ArgumentError(op, `the state has steps for '${name}' but no tensor '${key}'`);
      const got = `[${tensor.shape.join(', ')}]`;
      if (got !== expected)
        throw new ShapeError(op, `'${key}' has another shape than its parameter`, { expected, got });
    }
  });
}
