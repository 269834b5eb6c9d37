import { ArgumentError, TensorDisposedError } from '../errors.ts';
import { Tensor } from '../tensor/tensor.ts';

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value && !(value instanceof Tensor);

/** The elements of what must be an iterable object. `advice` says what to give instead. */
export function elementsOf(op: string, values: unknown, advice: string): unknown[] {
  if (isIterable(values)) return [...values];
  const got = values === null ? 'null' : typeof values;
  throw new ArgumentError(op, `the parameters are no list: ${advice}`, { expected: 'an iterable', got });
}

/** @throws ArgumentError unless `parameters` is an iterable of Tensors */
export function tensorsOf(op: string, parameters: unknown): Tensor[] {
  const advice = 'give model.parameters()';
  return elementsOf(op, parameters, advice).map((value, i) => {
    if (value instanceof Tensor) return value;
    throw new ArgumentError(op, `parameter ${i} is no Tensor: ${advice}`, {
      expected: 'an iterable of Tensors',
      got: Array.isArray(value) ? 'array' : typeof value,
    });
  });
}

/** @throws ArgumentError unless `parameters` is an iterable of pairs of a name and a Tensor */
export function namedTensorsOf(op: string, parameters: unknown): [name: string, tensor: Tensor][] {
  const advice = 'give model.namedParameters()';
  return elementsOf(op, parameters, advice).map((value, i) => {
    const [name, tensor] = Array.isArray(value) ? value : [];
    if (typeof name === 'string' && tensor instanceof Tensor) return [name, tensor];
    throw new ArgumentError(op, `parameter ${i} is no pair of a name and a Tensor: ${advice}`, {
      expected: '[name, tensor]',
      got: value instanceof Tensor ? 'Tensor' : Array.isArray(value) ? 'array' : typeof value,
    });
  });
}

/** @throws TensorDisposedError that names the first released parameter */
export function checkAlive(op: string, names: readonly string[], tensors: readonly Tensor[]): void {
  const gone = tensors.findIndex((tensor) => tensor.isDisposed);
  if (gone < 0) return;
  throw new TensorDisposedError(
    op,
    `the parameter '${names[gone]}' was released: Module.to() replaces parameters, so make the optimizer after Module.to()`,
  );
}
