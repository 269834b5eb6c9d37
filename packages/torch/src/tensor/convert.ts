import { ArgumentError, DeviceError } from '../errors.ts';
import type { Handle } from '../native/addon.ts';
import { native } from '../native/attach.ts';
import { type DType, dtypeCode, dtypes, isDType } from './dtype.ts';

/** Where a tensor is or goes: "cuda" is the current GPU, "cuda:1" the second. */
export type Device = 'cpu' | 'cuda' | 'mps' | `cuda:${number}` | `mps:${number}`;

export interface ToOptions {
  readonly dtype?: DType | undefined;
  readonly device?: string | undefined;
  /** Do not wait for the transfer to or from a GPU. Default: false. */
  readonly nonBlocking?: boolean | undefined;
  /** Copy even if neither dtype nor device changes. Default: false. */
  readonly copy?: boolean | undefined;
}

const to = native.op('aten::to', 'dtype_layout', ['self', 'dtype', 'device', 'non_blocking', 'copy']);

/** A new handle on the tensor in another dtype or on another device. */
export function convert(handle: Handle, target: string | ToOptions): Handle {
  if (isDType(target)) return to(handle, dtypeCode(target)) as Handle;
  if (typeof target === 'string') return toDevice(handle, target);
  if (typeof target !== 'object' || target === null) {
    throw new ArgumentError('to', 'the target must be a dtype, a device or an object with both', {
      got: target === null ? 'null' : typeof target,
    });
  }
  const { dtype, device, nonBlocking, copy } = target;
  return to(
    handle,
    dtype === undefined ? undefined : dtypeCode(dtype, 'to'),
    device,
    nonBlocking,
    copy,
  ) as Handle;
}

function toDevice(handle: Handle, device: string): Handle {
  try {
    return to(handle, undefined, device) as Handle;
  } catch (error) {
    if (!DeviceError.isInstance(error) || !/device (?:string|type)/.test(error.message)) throw error;
    throw new DeviceError('to', 'neither a dtype nor a device', {
      expected: `cpu, cuda, mps, cuda:<number>, or ${dtypes.join(', ')}`,
      got: `'${device.slice(0, 40)}'`,
      cause: error,
    });
  }
}
