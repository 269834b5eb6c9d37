import { GradientError } from '../errors.ts';
import { isThenable, requireFunction } from '../memory/callback.ts';
import { native } from '../native/attach.ts';
import { type DType, dtypeCode } from '../tensor/dtype.ts';

/** Runs `fn` with a mode that is set back when it returns or throws. */
function during<T>(op: string, restore: () => void, fn: () => T): T {
  try {
    const result = fn();
    if (!isThenable(result)) return result;
    result.then(undefined, () => {});
  } finally {
    restore();
  }
  throw new GradientError(
    op,
    `the callback returned a promise; await first, then call ${op} around the synchronous part`,
  );
}

function withGrad<T>(op: string, enabled: boolean, fn: () => T): T {
  requireFunction(op, fn);
  const before = native.isGradEnabled();
  native.setGradEnabled(enabled);
  return during(op, () => native.setGradEnabled(before), fn);
}

/**
 * Runs `fn` without recording operations for backward().
 *
 * @throws GradientError if `fn` returns a promise.
 */
export function noGrad<T>(fn: () => T): T {
  return withGrad('noGrad', false, fn);
}

/** Records operations again inside {@link noGrad}. */
export function enableGrad<T>(fn: () => T): T {
  return withGrad('enableGrad', true, fn);
}

export const isGradEnabled = (): boolean => native.isGradEnabled();

export interface AutocastOptions {
  /** Default: "cpu". A number after the name ("cuda:1") is ignored: the mode holds for the kind of device. */
  readonly device?: string | undefined;
  /** Default: bfloat16 on "cpu", float16 on "cuda", as PyTorch's. */
  readonly dtype?: DType | undefined;
  /** Default: true. */
  readonly enabled?: boolean | undefined;
}

/**
 * Runs `fn` with libtorch's autocast: matrix products in `dtype`, reductions and losses in float32.
 *
 * @throws GradientError if `fn` returns a promise; DeviceError, DTypeError.
 */
export function autocast<T>(options: AutocastOptions, fn: () => T): T {
  requireFunction('autocast', fn);
  const type = String(options?.device ?? 'cpu').split(':', 1)[0] ?? '';
  const dtype = options?.dtype ?? (type === 'cpu' ? 'bfloat16' : 'float16');
  const code = options?.enabled === false ? -1 : dtypeCode(dtype, 'autocast');
  const before = native.setAutocast(type, code);
  return during('autocast', () => native.setAutocast(type, before), fn);
}
