/**
 * The TypeScript side of one allow-listed overload: which of the schema's arguments are parameters, which go
 * into the options object, their types, and what JavaScript values each accepts.
 *
 * @typedef {import('./schema.mjs').Argument & { js: string, omittable: boolean, type: string }} Parameter
 * @typedef {{ entry: import('./allow-list.mjs').Entry, schema: import('./schema.mjs').Schema, binding: string,
 *   parameters: Parameter[], options: Parameter[] }} Signature
 */

/** Never asked for in TypeScript: libtorch's default is what everybody uses, or another value could crash it. */
const hidden = new Set([
  'generator',
  'layout',
  'pin_memory',
  'memory_format',
  'implicit', // expand: for functionalisation only
  'cudnn_enable',
  'cudnn_enabled',
  'sparse', // sparse gradients are not tensors that we can hand out
  'sparse_grad',
  'output_size', // repeat_interleave: unchecked on CUDA
  'sorter', // searchsorted: unchecked on old versions
  'path', // einsum: needs opt_einsum's notation
  'driver', // svd: cuSOLVER only
  'scale_grad_by_freq',
  'out_int32',
]);

const literals = {
  rounding_mode: "'floor' | 'trunc'",
  approximate: "'none' | 'tanh'",
  indexing: "'ij' | 'xy'",
  interpolation: "'linear' | 'lower' | 'higher' | 'midpoint' | 'nearest'",
  UPLO: "'L' | 'U'",
  side: "'left' | 'right'",
  reduce: "'sum' | 'prod' | 'mean' | 'amax' | 'amin'",
  mode: "'reduced' | 'complete' | 'r'",
  ord: "'fro' | 'nuc'",
};

const scalarTypes = {
  Tensor: 'Tensor',
  Scalar: 'Scalar',
  int: 'number',
  float: 'number',
  bool: 'boolean',
  ScalarType: 'DType',
  Device: 'string',
};

export const camelCase = (name) => name.replace(/(?<=[^_])_+([a-z0-9])/g, (_, c) => c.toUpperCase());

export const isReduction = (arg) => arg.name === 'reduction' && arg.base === 'int';

/** The TypeScript type of a value for this argument, without `undefined`. */
function typeOf(arg) {
  if (isReduction(arg)) return 'Reduction';
  let type = arg.base === 'str' ? (literals[arg.name] ?? 'string') : scalarTypes[arg.base];
  if (type === undefined) throw new Error(`no TypeScript type for '${arg.base}' (argument '${arg.name}')`);
  if (arg.list) {
    const item = arg.optionalItems ? `(${type} | null)` : type;
    type = arg.size > 0 ? `number | readonly ${item}[]` : `readonly ${item}[]`;
  }
  return arg.optional ? `${type} | null` : type;
}

/** @returns {Signature} */
export function signatureOf(entry, schema) {
  const parameters = [];
  const options = [];
  for (const arg of schema.args) {
    const omittable = arg.default !== undefined || arg.optional;
    if (hidden.has(arg.name)) {
      if (!omittable) throw new Error(`${schema.key}: the hidden argument '${arg.name}' has no default`);
      continue;
    }
    const parameter = { ...arg, js: camelCase(arg.name), omittable, type: typeOf(arg) };
    const place = entry.positional.indexOf(arg.name);
    if (place >= 0) parameters.splice(1 + place, 0, promoted(parameter, place === 0));
    else if (arg.keyword || entry.keyword.includes(arg.name)) options.push(parameter);
    else parameters.push(parameter);
  }
  const last = parameters.findLastIndex((p) => !p.omittable);
  for (const [i, p] of parameters.entries())
    if (i < last) p.omittable = p.omittable && p.default === undefined;
  const binding = `aten_${schema.op}${schema.overload ? `_${schema.overload}` : ''}`;
  return { entry, schema, binding, parameters, options };
}

/** A keyword argument made positional; the first of them must be given, or it would not tell overloads apart. */
function promoted(parameter, required) {
  if (!required) return parameter;
  return { ...parameter, omittable: false, optional: false, type: parameter.type.replace(' | null', '') };
}

/** The kinds of JavaScript values that a parameter takes, for telling overloads apart. */
function kindsOf(parameter) {
  const kinds = new Set(parameter.omittable ? ['undefined'] : []);
  if (parameter.optional) kinds.add('null').add('undefined');
  const { base, list, size } = parameter;
  if (list) {
    kinds.add('array');
    if (size > 0) kinds.add('number');
  } else if (base === 'Tensor') kinds.add('tensor');
  else if (base === 'Scalar') kinds.add('number').add('boolean');
  else if (isReduction(parameter)) kinds.add('dtype').add('string');
  else if (base === 'int' || base === 'float') kinds.add('number');
  else if (base === 'bool') kinds.add('boolean');
  else if (base === 'ScalarType') kinds.add('dtype');
  else if (base === 'Device') kinds.add('string');
  else kinds.add('dtype').add('string');
  return kinds;
}

/** Kinds at a place of the call: a parameter, then the options object, then nothing. */
export function kindsAt(signature, place) {
  const parameter = signature.parameters[place];
  if (parameter) return kindsOf(parameter);
  if (place === signature.parameters.length && signature.options.length > 0) {
    return new Set(signature.options.every((o) => o.omittable) ? ['undefined', 'object'] : ['object']);
  }
  return new Set(['undefined']);
}

/** How many places a call has at most. */
export const arity = (signature) => signature.parameters.length + (signature.options.length > 0 ? 1 : 0);

/** `{ readonly alpha?: Scalar | undefined }` */
export function optionsType(options) {
  const fields = options.map((o) =>
    o.omittable
      ? `readonly ${o.js}?: ${o.type.replace(' | null', ' | undefined')}${o.optional ? '' : ' | undefined'}`
      : `readonly ${o.js}: ${o.type}`,
  );
  return `{ ${fields.join('; ')} }`;
}

/** The parameter list as TypeScript text. `from` = 1 leaves out `self`, for methods. */
export function parameterList(signature, from = 0) {
  const { parameters, options } = signature;
  const list = parameters.slice(from).map((p, i) => {
    const trailing = parameters.slice(from + i).every((q) => q.omittable);
    if (p.omittable) return trailing ? `${p.js}?: ${p.type}` : `${p.js}: ${p.type} | undefined`;
    return `${p.js}: ${p.type}`;
  });
  if (options.length > 0) {
    const mark = options.every((o) => o.omittable) ? '?' : '';
    list.push(`options${mark}: ${optionsType(options)}`);
  }
  return list.join(', ');
}

const isNullable = (signature, result, i) =>
  signature.entry.nullable.includes(result.name) || signature.entry.nullable.includes(String(i));

export const isInPlace = (signature) => signature.schema.returns.some((r) => r.alias.endsWith('!'));

/** One entry per result: its label, its TypeScript type, and the function that makes it from the native value. */
export function resultsOf(signature) {
  return signature.schema.returns.map((result, i) => {
    const label = camelCase(result.name);
    if (result.base !== 'Tensor') return { label, type: scalarTypes[result.base], wrap: '' };
    if (result.list) return { label, type: 'Tensor[]', wrap: 'wrapAll' };
    if (isNullable(signature, result, i)) return { label, type: 'Tensor | null', wrap: 'wrapOrNull' };
    return { label, type: 'Tensor', wrap: 'wrap' };
  });
}

export function returnType(signature) {
  if (isInPlace(signature)) return 'Tensor';
  const results = resultsOf(signature);
  if (results.length === 1) return results[0].type;
  return `[${results.map((r) => (r.label ? `${r.label}: ${r.type}` : r.type)).join(', ')}]`;
}
