import type { BoundOp, Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { dtypeCode } from '../tensor/dtype.ts';

const integers: readonly number[] = (['uint8', 'int8', 'int16', 'int32', 'int64'] as const).map((name) =>
  dtypeCode(name),
);
const wideIntegers: readonly number[] = [dtypeCode('int32'), dtypeCode('int64')];
const fmod = native.op('aten::fmod', 'Tensor', ['self', 'other']);
const sub = native.op('aten::sub', 'Tensor', ['self', 'other']);

const isOneOf = (codes: readonly number[], handle: unknown): boolean =>
  typeof handle === 'number' && native.isLive(handle) && codes.includes(native.dtype(handle));

/**
 * `div.Tensor_mode`. For 'trunc' libtorch divides integers by the processor's instruction, which kills the
 * process when it divides the lowest int32 or int64 by -1. Here the remainder is taken off first: then the
 * quotient is exact, and rounding it down, which libtorch does safely, changes nothing.
 */
export function truncatingDivision(divide: BoundOp): BoundOp {
  return (self, other, mode) => {
    if (mode !== 'trunc' || !isOneOf(wideIntegers, self) || !isOneOf(integers, other)) {
      return divide(self, other, mode);
    }
    const temporary: Handle[] = [];
    try {
      const remainder = fmod(self, other) as Handle;
      temporary.push(remainder);
      const multiple = sub(self, remainder) as Handle;
      temporary.push(multiple);
      return divide(multiple, other, 'floor');
    } finally {
      for (const handle of temporary) native.release(handle);
    }
  };
}

/** `div.Scalar_mode`, guarded likewise: an integer divided by -1 leaves no remainder. */
export function truncatingDivisionByScalar(divide: BoundOp): BoundOp {
  return (self, other, mode) => {
    const risky = mode === 'trunc' && (other === -1 || other === -1n) && isOneOf(wideIntegers, self);
    return divide(self, other, risky ? 'floor' : mode);
  };
}
