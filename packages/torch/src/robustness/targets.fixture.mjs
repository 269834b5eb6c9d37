// What is called, with arguments that are mostly of the right type.
import * as torch from '../../dist/index.js';
import { native } from '../../dist/native/attach.js';
import { camelCase, parseSchema, snakeCase } from './schema.fixture.mjs';

const { Tensor, tensor } = torch;

function schemasOf(name) {
  return native
    .opSchemas(snakeCase(name))
    .map(parseSchema)
    .filter(({ args }) => !args.some((arg) => arg.name === 'out'));
}

/** Arguments that the public functions do not have. */
const hidden = new Set(['layout', 'pin_memory', 'memory_format', 'generator']);

/** Arguments for one of the schemas: positional ones, then an object with the keyword-only ones. */
function schemaArguments(values, schemas) {
  const { random } = values;
  if (schemas.length === 0) return random.list(4, () => values.junk());
  const options = {};
  const list = [];
  for (const { type, name, keyword, optional } of random.pick(schemas).args) {
    if (hidden.has(name) || (keyword && random.chance(0.6))) continue;
    if (optional && !keyword && random.chance(0.2)) break;
    const value = random.chance(0.04) ? values.junk() : values.plausible(type, name);
    if (keyword) options[camelCase(name)] = value;
    else list.push(value);
  }
  if (Object.keys(options).length > 0 || random.chance(0.05)) list.push(options);
  if (random.chance(0.03)) list.push(values.junk());
  return list;
}

/** Called with callbacks, or changing the whole process: these have their own tests. */
const notOps = new Set(['keep', 'setNumThreads', 'setRngState', 'synchronize', 'memory', 'scopeAsync']);

export function functionTargets() {
  return Object.entries(torch)
    .filter(([name, value]) => typeof value === 'function' && !/^[A-Z]/.test(name) && !notOps.has(name))
    .map(([name, fn]) => {
      const schemas = schemasOf(name);
      return {
        name,
        make: (values) => {
          const args = schemaArguments(values, schemas);
          return { args, run: () => fn(...args) };
        },
      };
    });
}

export function methodTargets() {
  return Object.entries(Object.getOwnPropertyDescriptors(Tensor.prototype))
    .filter(([name]) => name !== 'constructor')
    .map(([name, property]) => {
      const schemas = schemasOf(name);
      return {
        name: `Tensor.prototype.${name}`,
        make: (values) => {
          const self = values.tensor();
          if (property.get) return { args: [self], run: () => accessor(values, self, name, property) };
          const args =
            schemas.length > 0 ? schemaArguments(values, schemas).slice(1) : schemaArguments(values, []);
          return { args: [self, ...args], run: () => self[name](...args) };
        },
      };
    });
}

function accessor(values, self, name, property) {
  if (property.set && values.random.chance(0.5))
    self[name] = values.random.chance(0.5) ? values.tensor() : values.junk();
  return self[name];
}

// Not called with random arguments: these change what the test itself stands on.
const notEntries = new Set(['setErrorFactory', 'setNumThreads', 'op']);

/** h handle, H list of handles, N list of handles and nulls, n number, b boolean, d device, a typed array, o options. */
const signatures = {
  scopeSelect: 'n',
  scopeClose: 'nHn',
  scopeMove: 'hn',
  fromTypedArray: 'anI',
  toTypedArray: 'ha',
  readFile: 'hfn',
  writeFile: 'hfn',
  backward: 'HNbb',
  grad: 'HHNbbb',
  setRequiresGrad: 'hb',
  setGrad: 'hh',
  zeroGrad: 'H',
  setGradEnabled: 'b',
  setAutocast: 'dn',
  manualSeed: 'n',
  getRngState: 'd',
  setRngState: 'dh',
  synchronize: 'd',
  deviceMemory: 'd',
  adamwStep: 'HHHao',
  sgdStep: 'HHao',
  scaleGrad: 'Hn',
  clipGradNorm: 'Hn',
};

export function nativeTargets() {
  const entries = Object.keys(native).filter((name) => !notEntries.has(name));
  return entries.map((name) => ({
    name: `native.${name}`,
    make: (values) => {
      const letters = [...(signatures[name] ?? 'h')];
      if (values.random.chance(0.1)) letters.pop();
      const args = letters.map((letter) =>
        values.random.chance(0.1) ? raw(values) : entryArgument(values, letter),
      );
      return { args, run: () => native[name](...args) };
    },
  }));
}

function entryArgument(values, letter) {
  const { random } = values;
  const handle = () => values.tensor().handle;
  // The optimizer's lists belong together: often the same tensors in each.
  const parameter = () => tensor([1, 2], { requiresGrad: true }).handle;
  const make = {
    h: handle,
    H: () => (random.chance(0.5) ? [parameter(), parameter()] : random.list(3, handle)),
    N: () => random.list(3, () => (random.chance(0.5) ? null : handle())),
    I: () => random.list(3, () => random.integer(0, 3)),
    n: () => values.number(),
    b: () => random.chance(0.5),
    d: () => random.pick(['cpu', 'cpu', 'cuda', 'cuda:9', 'meta', 'mps', 'xla', '']),
    f: () => random.pick([-1, 1e6, 2 ** 31, 1.5]),
    a: () => typedArray(random),
    o: options,
  };
  return make[letter]();
}

function typedArray(random) {
  const type = random.pick([Float32Array, Float64Array, Float64Array, BigInt64Array, Uint8Array]);
  const array = new type(random.integer(0, 4));
  if (random.chance(0.1)) structuredClone(array.buffer, { transfer: [array.buffer] }); // detaches it
  if (random.chance(0.1)) return new type(new SharedArrayBuffer(16));
  return random.chance(0.1) ? new DataView(new ArrayBuffer(8), random.integer(0, 8)) : array;
}

const options = () => ({
  lr: 0.1,
  beta1: 0.9,
  beta2: 0.99,
  eps: 1e-8,
  weightDecay: 0,
  momentum: 0.9,
  dampening: 0,
  nesterov: true,
});

// On integers these can kill the process inside libtorch; ops/guards.ts keeps the public functions from it.
const guarded = /^((div|floorDivide|remainder|fmod)_?|scaledDotProductAttention|repeatInterleave)$/;

/** The ops as the addon has them: tensors are numbers, so any number may be one. */
export function boundTargets() {
  const targets = [];
  for (const name of Object.keys(torch)) {
    if (guarded.test(name)) continue;
    for (const { overload, args: specs } of schemasOf(name)) {
      const names = specs.map((spec) => spec.name);
      const call = native.op(`aten::${snakeCase(name)}`, overload, names);
      targets.push({
        name: `bound ${snakeCase(name)}.${overload}`,
        make: (values) => {
          const args = specs.map(({ type, name }) =>
            values.random.chance(0.1) ? raw(values) : lower(values, type, name),
          );
          return { args, run: () => call(...args) };
        },
      });
    }
  }
  return targets;
}

function lower(values, type, name) {
  if (/dtype$/.test(name)) return values.random.integer(-2, 50);
  if (name === 'reduction') return values.random.integer(-1, 3);
  const value = values.plausible(type, name);
  try {
    return Array.isArray(value) ? value.map((item) => item?.handle ?? item) : (value?.handle ?? value);
  } catch {
    return value; // hostile: as it is
  }
}

function raw(values) {
  const { random } = values;
  return random.pick([
    () => values.tensor().handle,
    () => values.tensor().handle + random.pick([1, -1, 0.5, 2 ** 24, 2 ** 25, 2 ** 52]),
    () => random.list(3, () => (random.chance(0.8) ? values.tensor().handle : null)),
    () => random.list(3, () => values.integer()),
    () => values.integer(),
    () => random.pick([true, false, 'cpu', 'process', 'thread', 'cuda', 'meta', 1e6, 6, 4, 11]),
    () => new Float64Array(random.integer(0, 3)),
    options,
    () => values.junk(),
  ])();
}
