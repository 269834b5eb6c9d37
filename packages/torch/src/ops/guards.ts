import { ArgumentError, OutOfMemoryError, ShapeError } from '../errors.ts';
import type { BoundOp, Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { dtypeCode } from '../tensor/dtype.ts';
import { readArray } from '../tensor/read.ts';

const narrow = new Set((['uint8', 'int8', 'int16'] as const).map((name) => dtypeCode(name)));
const wide = new Set((['int32', 'int64'] as const).map((name) => dtypeCode(name)));

const eq = native.op('aten::eq', 'Scalar', ['self', 'other']);
const onesLike = native.op('aten::ones_like', '', ['self']);
const maskedFill = native.op('aten::masked_fill', 'Scalar', ['self', 'mask', 'value']);
const mul = native.op('aten::mul', 'Tensor', ['self', 'other']);
const neg = native.op('aten::neg', '', ['self']);

/** Whether the processor's integer division may run on these two; null is a plain number. */
function dividesIntegers(self: unknown, other: unknown): boolean {
  if (typeof self !== 'number' || !native.isLive(self)) return false; // the op itself refuses it
  const a = native.dtype(self);
  if (other === null) return wide.has(a);
  if (typeof other !== 'number' || !native.isLive(other)) return false;
  const b = native.dtype(other);
  return wide.has(a) ? wide.has(b) || narrow.has(b) : wide.has(b) && narrow.has(a);
}

/** Runs `body` and releases the handles that it lends. */
function releasing<T>(body: (lend: (made: unknown) => Handle) => T): T {
  const lent: Handle[] = [];
  try {
    return body((made) => {
      lent.push(made as Handle);
      return made as Handle;
    });
  } finally {
    for (const handle of lent) native.release(handle);
  }
}

/**
 * Integer division, remainder and the like by a tensor. Where libtorch uses the processor's instruction
 * (for 'trunc', and on 1.13 always), the lowest number divided by -1 kills the process. So both sides change
 * their sign where the divisor is -1: the quotient and the remainder (0) stay the same.
 */
export function integerDivision(divide: BoundOp): BoundOp {
  return (self, other, mode) => {
    if (!dividesIntegers(self, other)) return divide(self, other, mode);
    return releasing((lend) => {
      const minusOne = lend(eq(other, -1));
      const sign = lend(maskedFill(lend(onesLike(other)), minusOne, -1));
      return divide(lend(mul(self, sign)), lend(mul(other, sign)), mode);
    });
  };
}

/** {@link integerDivision} by a number. */
export function integerDivisionByScalar(divide: BoundOp): BoundOp {
  return (self, other, mode) => {
    const risky = (other === -1 || other === -1n) && dividesIntegers(self, null);
    return risky ? releasing((lend) => divide(lend(neg(self)), 1, mode)) : divide(self, other, mode);
  };
}

const isLive = (handle: unknown): handle is Handle => typeof handle === 'number' && native.isLive(handle);

/** Refuses a result whose size could overflow 64 bits: libtorch would write outside of what it allocates. */
function checkRepeated(self: unknown, total: number): void {
  if (isLive(self) && total * Math.max(1, native.numel(self)) > Number.MAX_SAFE_INTEGER) {
    throw new OutOfMemoryError('repeat_interleave', 'the result is too large', { got: `${total} repeats` });
  }
}

/**
 * `repeat_interleave` by a tensor of counts. libtorch allocates for their sum and writes before it looks at a
 * negative one, which corrupts memory.
 */
export function repeatCounts(repeat: BoundOp): BoundOp {
  return (self, repeats, dim) => {
    if (isLive(repeats) && wide.has(native.dtype(repeats))) {
      let total = 0;
      for (const count of readArray(repeats)) {
        if (count < 0) {
          const got = String(count);
          throw new ArgumentError('repeat_interleave', 'a count is negative', {
            expected: 'at least 0',
            got,
          });
        }
        total += Number(count);
      }
      checkRepeated(self, total);
    }
    return repeat(self, repeats, dim);
  };
}

/** `repeat_interleave` by a number, which 1.13 does not check for overflow. */
export function repeatCount(repeat: BoundOp): BoundOp {
  return (self, repeats, dim) => {
    checkRepeated(self, Number(repeats));
    return repeat(self, repeats, dim);
  };
}

/** `scaled_dot_product_attention`. With `enableGqa` libtorch divides by the number of heads, also by none. */
export function groupedHeads(attend: BoundOp): BoundOp {
  return (...args) => {
    const [, key, value, , , , , enableGqa] = args;
    if (enableGqa === true) {
      for (const handle of [key, value]) {
        if (isLive(handle) && native.shape(handle).at(-3) === 0) {
          const expected = 'at least one head in key and value';
          throw new ShapeError('scaled_dot_product_attention', 'there are no heads', { expected, got: '0' });
        }
      }
    }
    return attend(...args);
  };
}
