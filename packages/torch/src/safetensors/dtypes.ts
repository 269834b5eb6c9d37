import type { DType } from '../tensor/dtype.ts';

interface FormatDTypeInfo {
  /** Bits of one element; below 8 the elements are packed. */
  readonly bits: number;
  /** The element type of a tensor, or null where libtorch has no type with one element per shape entry. */
  readonly torch: DType | null;
}

const entry = (bits: number, torch: DType | null): FormatDTypeInfo => ({ bits, torch });

/**
 * Every dtype of the format, in the order in which the reference implementation declares them
 * (safetensors 0.8, `enum Dtype` in tensor.rs). That order, reversed, is the order of tensors in a file.
 */
const table = {
  BOOL: entry(8, 'bool'),
  F4: entry(4, null),
  F6_E2M3: entry(6, null),
  F6_E3M2: entry(6, null),
  U8: entry(8, 'uint8'),
  I8: entry(8, 'int8'),
  F8_E5M2: entry(8, 'float8_e5m2'),
  F8_E4M3: entry(8, 'float8_e4m3fn'),
  F8_E8M0: entry(8, 'float8_e8m0fnu'),
  F8_E4M3FNUZ: entry(8, 'float8_e4m3fnuz'),
  F8_E5M2FNUZ: entry(8, 'float8_e5m2fnuz'),
  I16: entry(16, 'int16'),
  U16: entry(16, 'uint16'),
  F16: entry(16, 'float16'),
  BF16: entry(16, 'bfloat16'),
  I32: entry(32, 'int32'),
  U32: entry(32, 'uint32'),
  F32: entry(32, 'float32'),
  C64: entry(64, 'complex64'),
  F64: entry(64, 'float64'),
  I64: entry(64, 'int64'),
  U64: entry(64, 'uint64'),
} as const satisfies Record<string, FormatDTypeInfo>;

/** A dtype as a safetensors file names it. */
export type SafetensorsDType = keyof typeof table;

export const safetensorsDTypes = Object.keys(table) as SafetensorsDType[];

const ranks = new Map(safetensorsDTypes.map((name, rank) => [name, rank]));
const byTorch = new Map(safetensorsDTypes.map((name) => [table[name].torch, name]));
byTorch.delete(null);

export const isSafetensorsDType = (value: unknown): value is SafetensorsDType =>
  typeof value === 'string' && Object.hasOwn(table, value);

/** Bits of one element. */
export const bitsOf = (dtype: SafetensorsDType): number => table[dtype].bits;

/** The tensor's element type, or null for F4, F6_E2M3 and F6_E3M2. */
export const torchDType = (dtype: SafetensorsDType): DType | null => table[dtype].torch;

/** The file's name for an element type, or undefined where the format has none (complex32, complex128). */
export const safetensorsDType = (dtype: DType): SafetensorsDType | undefined => byTorch.get(dtype);

/** Place in the reference implementation's ordering; files hold higher ranks first. */
export const rankOf = (dtype: SafetensorsDType): number => ranks.get(dtype) as number;
