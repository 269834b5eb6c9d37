// Random arguments: plausible ones of a schema's type, and junk of every JavaScript type.
import { fromTypedArray, Tensor, tensor } from '../../dist/index.js';
import { native } from '../../dist/native/attach.js';
import { describe as describeHandle } from '../../dist/tensor/format.js';

/** Thrown by hostile objects: the only error besides TorchError that may come out of a call. */
export class Mine extends Error {}

const throwMine = () => {
  throw new Mine('thrown by a hostile argument');
};

const dtypes = [
  'float32', 'float32', 'float32', 'float64', 'float16', 'bfloat16', 'int64', 'int64', 'int32', 'int16', 'int8',
  'uint8', 'bool', 'complex64', 'complex128',
]; // biome-ignore format: a list
const devices = ['cpu', 'cpu', 'meta', 'cuda', 'cuda:99', 'mps', 'xla', 'nowhere', '', 'cpu:7', 'cpu:-1'];
const equations = [
  'ij,jk->ik',
  'ij->ji',
  'bij,bjk',
  'i,i',
  '...i,...i->...',
  'ii',
  'a',
  '',
  '->',
  ',',
  'ij,jk->iq',
  'é',
];
const words = [
  'mean',
  'sum',
  'none',
  'trunc',
  'floor',
  'ij',
  'constant',
  'reflect',
  'tanh',
  'left',
  'amax',
  'prod',
];

/** Sizes that no allocation can have; and the borders of int64. Nothing in between, which would only be slow. */
const hugeIntegers = [
  1e13, 1e15, -1e15, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 2n ** 62n, 2n ** 63n - 1n, -(2n ** 63n),
]; // biome-ignore format: a list

export class Values {
  /** @param {import('./random.fixture.mjs').Random} random */
  constructor(random) {
    this.random = random;
    this.sizes = null;
    this.begin();
  }

  /** Before each call: a dtype and a shape that most of its tensors share, so that more calls get through. */
  begin() {
    this.dtype = this.random.pick(dtypes);
    this.sizes = null;
    this.sizes = this.random.chance(0.6) ? this.shape() : null;
  }

  shape() {
    const { random } = this;
    if (this.sizes && random.chance(0.7)) return [...this.sizes];
    if (random.chance(0.15)) return [];
    return Array.from({ length: random.integer(1, random.chance(0.2) ? 5 : 3) }, () =>
      random.pick([0, 1, 1, 2, 2, 3, 4]),
    );
  }

  tensor() {
    const { random } = this;
    const dtype = random.chance(0.8) ? this.dtype : random.pick(dtypes);
    const shape = this.shape();
    const size = shape.reduce((a, b) => a * b, 1);
    let made = this.filled(dtype, size, shape);
    if (random.chance(0.15)) made = this.view(made);
    const differentiable = dtype.includes('float') || dtype.startsWith('complex');
    if (differentiable && random.chance(0.4))
      made = random.chance(0.5) ? made.requiresGrad_() : made.detach().requiresGrad_().mul(1);
    if (random.chance(0.03)) made.dispose();
    return made;
  }

  filled(dtype, size, shape) {
    const { random } = this;
    if (dtype === 'int64' && random.chance(0.2)) {
      const data = BigInt64Array.from({ length: size }, () =>
        BigInt.asIntN(64, BigInt(random.pick(hugeIntegers))),
      );
      return fromTypedArray(data, shape);
    }
    if (dtype === 'int32' && random.chance(0.2)) {
      return fromTypedArray(
        Int32Array.from({ length: size }, () => random.pick([-(2 ** 31), 2 ** 31 - 1, -1])),
        shape,
      );
    }
    const odd = random.chance(0.1);
    const number = () =>
      odd ? random.pick([Number.NaN, Infinity, -Infinity, 0, -0, 1e38, 1e-40]) : random.integer(-3, 5);
    const indices = random.chance(0.5);
    const values = Float32Array.from({ length: size }, () => (indices ? random.integer(0, 2) : number()));
    return fromTypedArray(values, shape).to(dtype);
  }

  view(t) {
    const { random } = this;
    if (t.ndim === 0) return t.expand([2]);
    return random.chance(0.5) ? t.transpose(0, -1) : t.unsqueeze(0).expand([2, ...t.shape]);
  }

  integer() {
    const { random } = this;
    return random.chance(0.06) ? random.pick(hugeIntegers) : random.integer(-3, 4);
  }

  number() {
    const { random } = this;
    if (random.chance(0.1))
      return random.pick([Number.NaN, Infinity, -Infinity, -0, 1e308, 5e-324, ...hugeIntegers]);
    return random.chance(0.5) ? random.integer(-2, 3) : random.next() * 4 - 1;
  }

  /** A value of a schema's type, as the public functions take it. */
  plausible(type, name) {
    const { random } = this;
    if (/dtype$/.test(name)) return random.pick(dtypes);
    if (name === 'reduction') return random.pick(['mean', 'sum', 'none']);
    if (name === 'equation') return random.pick(equations);
    const base = type.replace(/\?$/, '');
    if (base === 'Tensor') return this.tensor();
    if (base === 'Tensor[]') return random.list(3, () => this.tensor());
    if (base === 'Tensor?[]') return random.list(3, () => (random.chance(0.3) ? null : this.tensor()));
    if (/^(Sym)?[Ii]nt\[\d*\]$/.test(base))
      return random.chance(0.1) ? this.integer() : random.list(4, () => this.integer());
    if (/^(Sym)?[Ii]nt$/.test(base)) return this.integer();
    if (base === 'float' || base === 'Scalar') return this.number();
    if (base === 'float[]') return random.list(3, () => this.number());
    if (base === 'bool') return random.chance(0.5);
    if (/^bool\[\d*\]$/.test(base)) return random.list(3, () => random.chance(0.5));
    if (base === 'str') return random.pick(words);
    if (base === 'Device') return random.pick(devices);
    return this.junk();
  }

  /** Anything at all. */
  junk() {
    const { random } = this;
    const make = random.pick(junkMakers);
    return make(this);
  }
}

const junkMakers = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => -1,
  () => 2 ** 53,
  () => 1e300,
  () => 0.5,
  () => 10n ** 40n,
  (v) => v.random.pick(hugeIntegers),
  (v) => v.integer(),
  () => '',
  () => 'x'.repeat(10_000),
  (v) => v.random.pick(words),
  () => Symbol('s'),
  () => () => throwMine(),
  () => ({}),
  () => ({ handle: 16777217, length: 3 }),
  () => [],
  () => new Array(1000).fill(1),
  () => new Array(5),
  () => [[1], [2, 3]],
  () => [null],
  (v) => [v.tensor(), 1],
  (v) => v.tensor(),
  (v) => v.tensor().handle,
  () => new Float32Array(3),
  () => new BigInt64Array(2),
  () => new ArrayBuffer(8),
  () => new Date(Number.NaN),
  () => Object.create(Tensor.prototype),
  () => Object.freeze(tensor([1])),
  () => new Proxy({}, { get: throwMine, has: throwMine, ownKeys: throwMine, getPrototypeOf: throwMine }),
  () => Object.defineProperty([1, 2], 0, { get: throwMine }),
  () => Object.defineProperty({}, 'dtype', { get: throwMine, enumerable: true }),
  () => ({ [Symbol.toPrimitive]: throwMine, valueOf: throwMine, toString: throwMine }),
];

/** A short text of an argument, for the report of a crash. */
export function describe(value, depth = 0) {
  try {
    if (value instanceof Tensor) return String(value);
    if (Array.isArray(value)) {
      if (depth > 2) return '[…]';
      const items = value.slice(0, 6).map((item) => describe(item, depth + 1));
      return `[${items.join(', ')}${value.length > 6 ? `, … ${value.length}` : ''}]`;
    }
    if (typeof value === 'number' && native.isLive(value)) return `<${value}: ${describeHandle(value)}>`;
    if (typeof value === 'bigint') return `${value}n`;
    if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).slice(0, 6);
      return `{${entries.map(([key, item]) => `${key}: ${describe(item, depth + 1)}`).join(', ')}}`;
    }
    return Object.is(value, -0) ? '-0' : String(value);
  } catch {
    return '<hostile>';
  }
}
