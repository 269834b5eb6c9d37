import { describe, expect, it } from 'vitest';
import { DTypeError } from '../errors.ts';
import {
  arrayType,
  type DType,
  dtypeCode,
  dtypeName,
  dtypeOfArray,
  dtypes,
  isDType,
  itemSize,
  lanes,
} from './dtype.ts';

describe('dtypes', () => {
  it('maps every name to a code of its own and back', () => {
    expect(new Set(dtypes.map((dtype) => dtypeCode(dtype))).size).toBe(dtypes.length);
    for (const dtype of dtypes) expect(dtypeName(dtypeCode(dtype))).toBe(dtype);
  });

  it('has arrays whose entries make up an element', () => {
    for (const dtype of dtypes) {
      expect(new (arrayType(dtype))(lanes(dtype)).byteLength, dtype).toBe(itemSize(dtype));
    }
  });

  it('finds the dtype of a typed array', () => {
    expect(dtypeOfArray(new Float32Array(1))).toBe('float32');
    expect(dtypeOfArray(new BigInt64Array(1))).toBe('int64');
    expect(dtypeOfArray(Buffer.alloc(1))).toBe('uint8');
    expect(() => dtypeOfArray(new DataView(new ArrayBuffer(8)))).toThrow(DTypeError);
  });

  it('refuses unknown names and codes, also those of Object.prototype', () => {
    expect(isDType('toString')).toBe(false);
    expect(() => dtypeCode('float' as DType)).toThrow(DTypeError);
    expect(() => dtypeCode('constructor' as DType)).toThrow(/unknown dtype/);
    expect(() => dtypeName(12)).toThrow(DTypeError);
  });
});
