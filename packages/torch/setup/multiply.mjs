// Run by verify.mjs in a process of its own: loads the addon named by the first argument, multiplies two
// matrices, and prints what libtorch says about itself. A crash ends this process only.
import { createRequire } from 'node:module';

const FLOAT32 = 6; // c10::ScalarType::Float

/** @type {import('../src/native/addon.ts').NativeAddon} */
const native = createRequire(import.meta.url)(process.argv[2] ?? '');
native.setErrorFactory((_kind, op, message, got) => new Error(`${op}: ${message} (${got})`));

const left = native.fromTypedArray(Float32Array.of(1, 2, 3, 4, 5, 6), FLOAT32, [2, 3]);
const right = native.fromTypedArray(Float32Array.of(7, 8, 9, 10, 11, 12), FLOAT32, [3, 2]);
const product = /** @type {number} */ (native.op('aten::mm', '', ['self', 'mat2'])(left, right));
const result = new Float32Array(4);
native.toTypedArray(product, result);
if (result.join() !== '58,64,139,154')
  throw new Error(`[2, 3] × [3, 2] gave ${result.join()} instead of 58,64,139,154`);
process.stdout.write(JSON.stringify(native.libraryInfo()));
