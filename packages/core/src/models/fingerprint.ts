import { createHash } from 'node:crypto';
import { scope, type Tensor } from '@ragwright/torch';
import type { Encoder } from './types.ts';

/** For JSON.stringify: the order of keys does not matter. */
const sorted = (_: string, value: unknown): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;

/** SHA-256 in hex of named tensors and of what else makes a model's results. */
export function fingerprintOf(weights: ReadonlyMap<string, Tensor>, about: unknown): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify(about, sorted));
  for (const name of [...weights.keys()].sort()) {
    const tensor = weights.get(name) as Tensor;
    hash.update(`\0${name} ${tensor.dtype} ${tensor.shape.join('x')}\0`);
    // every dtype of weights becomes float32 without loss, float64 excepted
    const data = scope(() => (tensor.dtype === 'float64' ? tensor : tensor.to('float32')).detach().data());
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest('hex');
}

// What config.json says of where it comes from: it changes when a model is saved, and no result with it.
const bookkeeping = new Set([
  '_name_or_path',
  'architectures',
  'dtype',
  'model_type',
  'torch_dtype',
  'transformers_version',
]);

/**
 * What config.json says of an encoder's shape: a part of the fingerprint of what is built on it.
 *
 * @param besides more keys that change no result
 */
export function shapeOf(
  { config }: Encoder,
  besides: readonly string[] = [],
): { readonly shape: unknown; readonly modelType: string } {
  const counts = ([key]: [string, unknown]): boolean => !bookkeeping.has(key) && !besides.includes(key);
  return {
    shape: Object.fromEntries(Object.entries(config.json).filter(counts)),
    modelType: config.modelType,
  };
}
