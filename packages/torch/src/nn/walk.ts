import { Tensor } from '../tensor/tensor.ts';
import { type SlotKind, slotKind } from './parameter.ts';

/** A place in a module tree that holds a parameter or buffer: `owner[key] === tensor`. */
export interface Slot {
  /** Dotted, as in PyTorch's state dict: `encoder.layer.0.attention.self.query.weight`. */
  readonly name: string;
  readonly kind: SlotKind;
  readonly tensor: Tensor;
  readonly owner: Record<string, unknown>;
  readonly key: string;
}

/** What a walk meets: a parameter or buffer, or an object that is a node of the tree. */
export type Visit =
  | { readonly slot: Slot; readonly name: string }
  | { readonly node: object; readonly name: string };

const isPlain = (value: object): boolean => {
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
};

/**
 * Walks own fields in the order of their definition, depth first: marked tensors are slots; nodes (by
 * `isNode`), arrays and plain records are entered. Unmarked tensors and other values are passed over.
 * A field that leads back to an object on the way down is not entered again.
 */
export function* walk(
  root: object,
  isNode: (value: object) => boolean,
  prefix = '',
  above: readonly object[] = [],
): Generator<Visit> {
  const path = [...above, root];
  for (const [key, value] of Object.entries(root)) {
    if (typeof value !== 'object' || value === null) continue;
    const name = prefix === '' ? key : `${prefix}.${key}`;
    if (value instanceof Tensor) {
      const kind = slotKind(value);
      if (kind)
        yield { name, slot: { name, kind, tensor: value, owner: root as Record<string, unknown>, key } };
    } else if ((isNode(value) || Array.isArray(value) || isPlain(value)) && !path.includes(value)) {
      if (isNode(value)) yield { name, node: value };
      yield* walk(value, isNode, name, path);
    }
  }
}
