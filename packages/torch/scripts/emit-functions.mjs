/** Writes the functions of one topic: src/ops/<topic>.generated.ts. */

import { docOf } from './emit-docs.mjs';
import {
  arity,
  camelCase,
  isInPlace,
  isReduction,
  kindsAt,
  parameterList,
  resultsOf,
  returnType,
} from './signature.mjs';

const reserved = new Set([
  'var',
  'delete',
  'in',
  'new',
  'with',
  'default',
  'typeof',
  'void',
  'switch',
  'case',
]);

/** The function's name inside the file, and outside of it. */
export const exportedName = (op) => camelCase(op);
export const localName = (op) => (reserved.has(camelCase(op)) ? `${camelCase(op)}Op` : camelCase(op));

const tests = {
  undefined: (x) => `${x} === undefined`,
  null: (x) => `${x} === null`,
  tensor: (x) => `${x} instanceof Tensor`,
  array: (x) => `Array.isArray(${x})`,
  number: (x) => `isNumber(${x})`,
  boolean: (x) => `typeof ${x} === 'boolean'`,
  dtype: (x) => `isDType(${x})`,
  string: (x) => `isOtherString(${x})`,
  object: (x) => `isObject(${x})`,
};

/** `x` is one of these kinds. */
function test(kinds, x) {
  const left = new Set(kinds);
  const parts = [];
  if (left.has('number') && left.has('boolean')) {
    left.delete('number');
    left.delete('boolean');
    parts.push(`isScalar(${x})`);
  }
  if (left.has('dtype') && left.has('string')) {
    left.delete('dtype');
    left.delete('string');
    parts.push(`typeof ${x} === 'string'`);
  }
  for (const kind of Object.keys(tests)) if (left.has(kind)) parts.push(tests[kind](x));
  return parts.join(' || ');
}

const same = (a, b) => a.size === b.size && [...a].every((kind) => b.has(kind));
const disjoint = (a, b) => [...a].every((kind) => !b.has(kind));

/**
 * The places where this overload must be tested against the others: one where the values that they take
 * never coincide, or, if there is none, all where they differ.
 */
function placesToTest(signature, others, places) {
  const chosen = new Set();
  for (const other of others) {
    const differing = places.filter((p) => !same(kindsAt(signature, p), kindsAt(other, p)));
    const decisive = differing.find((p) => disjoint(kindsAt(signature, p), kindsAt(other, p)));
    for (const place of decisive === undefined ? differing : [decisive]) chosen.add(place);
  }
  return [...chosen].sort((a, b) => a - b);
}

function nativeArgument(signature, arg, value) {
  const { op } = signature.schema;
  const name = camelCase(op);
  if (arg.base === 'Tensor') {
    if (arg.list)
      return `${arg.optionalItems ? 'optionalHandlesOf' : 'handlesOf'}(${value}, '${name}', '${arg.js}')`;
    return arg.optional ? `optionalHandleOf(${value}, '${name}', '${arg.js}')` : `handleOf(${value})`;
  }
  if (arg.base === 'ScalarType') return `dtypeArgument(${value}, '${name}')`;
  if (isReduction(arg)) return `reductionArgument(${value}, '${name}')`;
  return value;
}

/** The statements that call one overload. `names` are the variables at each place; `typed` if they have types. */
function callOf(signature, names, typed) {
  const { parameters, options, binding } = signature;
  const lines = [];
  const optionsName = names[parameters.length];
  if (options.length > 0) {
    const keys = options.map((o) => `'${o.js}'`);
    const op = camelCase(signature.schema.op);
    lines.push(
      `if (${optionsName} !== undefined) checkOptions('${op}', ${optionsName}, [${keys.join(', ')}]);`,
    );
  }
  const union = options.map((o) => `'${o.js}'`).join(' | ');
  const bag = typed ? optionsName : `(${optionsName} as Options<${union}>)`;
  const values = [
    ...parameters.map((p, i) => nativeArgument(signature, p, names[i])),
    ...options.map((o) => nativeArgument(signature, o, `${bag}?.${o.js}`)),
  ];
  const call = `${binding}(${values.join(', ')})`;
  const results = resultsOf(signature);
  if (isInPlace(signature)) return [...lines, `${call};`, `return ${names[0]}${typed ? '' : ' as Tensor'};`];
  if (results.length > 1) {
    const items = results.map((r, i) =>
      r.wrap
        ? `${r.wrap}(r[${i}] as ${r.wrap === 'wrapOrNull' ? 'Handle | null' : 'Handle'})`
        : `r[${i}] as ${r.type}`,
    );
    return [...lines, `const r = ${call} as unknown[];`, `return [${items.join(', ')}];`];
  }
  const { wrap, type } = results[0];
  if (wrap === 'wrap') return [...lines, `return wrap(${call} as Handle);`];
  return [...lines, wrap ? `return ${wrap}(${call});` : `return ${call} as ${type};`];
}

/** The variables at each place of an overloaded call: the schema's name where all agree on it. */
export function placeNames(signatures) {
  const places = Math.max(...signatures.map(arity));
  return Array.from({ length: places }, (_, place) => {
    const names = new Set();
    for (const s of signatures) {
      if (place < s.parameters.length) names.add(s.parameters[place].js);
      else if (place < arity(s)) names.add('options');
    }
    return names.size === 1 ? [...names][0] : `argument${place + 1}`;
  });
}

function overloaded(op, signatures) {
  const name = localName(op);
  const names = placeNames(signatures);
  const places = names.map((_, i) => i);
  const types = [...new Set(signatures.map(returnType))];
  const required = Math.min(...signatures.map((s) => s.parameters.filter((p) => !p.omittable).length));
  const lines = signatures.map((s) => `export function ${name}(${parameterList(s)}): ${returnType(s)};`);
  const list = names.map((n, i) => `${n}${i < required ? '' : '?'}: unknown`);
  lines.push(`export function ${name}(${list.join(', ')}): ${types.join(' | ')} {`);
  for (const signature of signatures) {
    const others = signatures.filter((s) => s !== signature);
    const tested = placesToTest(signature, others, places);
    if (tested.length === 0) throw new Error(`${op}: overloads cannot be told apart`);
    const body = callOf(signature, names, false);
    const parts = tested.map((p) => test(kindsAt(signature, p), names[p]));
    const condition = parts
      .map((part) => (part.includes(' || ') && parts.length > 1 ? `(${part})` : part))
      .join(' && ');
    if (body.length === 1) lines.push(`  if (${condition}) ${body[0]}`);
    else lines.push(`  if (${condition}) {`, ...body.map((l) => `    ${l}`), '  }');
  }
  const texts = new Set(signatures.map((s) => s.schema.text.slice('aten::'.length)));
  const schemas = [...texts].map((text) => `\n    ${JSON.stringify(text)}`);
  lines.push(
    `  throw noOverload('${camelCase(op)}', [${names.join(', ')}], [${schemas.join(',')},\n  ]);`,
    '}',
  );
  return lines;
}

function single(op, signature) {
  const names = [...signature.parameters.map((p) => p.js), 'options'];
  return [
    `export function ${localName(op)}(${parameterList(signature)}): ${returnType(signature)} {`,
    ...callOf(signature, names, true).map((line) => `  ${line}`),
    '}',
  ];
}

function bindings(signatures) {
  const seen = new Set();
  const lines = [];
  for (const { binding, schema, parameters, options, entry } of signatures) {
    if (seen.has(binding)) continue;
    seen.add(binding);
    const names = [...parameters, ...options].map((p) => `'${p.name}'`);
    const bound = `native.op('aten::${schema.op}', '${schema.overload}', [${names.join(', ')}])`;
    lines.push(`const ${binding} = ${entry.guard ? `${entry.guard}(${bound})` : bound};`);
  }
  return lines;
}

/** Signatures by op, in the list's order. */
export function byOp(signatures) {
  const groups = new Map();
  for (const s of signatures) groups.set(s.schema.op, [...(groups.get(s.schema.op) ?? []), s]);
  return groups;
}

/**
 * An overload listed twice (positional and keyword) binds its arguments in one order only.
 * @param {import('./signature.mjs').Signature[]} signatures
 */
function separateBindings(signatures) {
  const order = new Map();
  return signatures.map((s) => {
    const key = [...s.parameters, ...s.options].map((p) => p.name).join();
    const known = order.get(s.binding);
    if (known === undefined) order.set(s.binding, key);
    return known === undefined || known === key ? s : { ...s, binding: `${s.binding}_positional` };
  });
}

/** The whole file of a topic. */
export function emitTopic(header, topicSignatures) {
  const signatures = separateBindings(topicSignatures);
  const body = [...bindings(signatures), ''];
  const renamed = [];
  for (const [op, group] of byOp(signatures)) {
    body.push(...docOf(group), ...(group.length === 1 ? single(op, group[0]) : overloaded(op, group)), '');
    if (localName(op) !== exportedName(op)) renamed.push([localName(op), exportedName(op)]);
  }
  let text = body.join('\n');
  for (const [local, exported] of renamed) {
    text = text.replaceAll(`export function ${local}(`, `function ${local}(`);
    text += `export { ${local} as ${exported} };\n`;
  }
  return `${header}\n${imports(text, signatures)}\n\n${text}`;
}

function imports(text, signatures) {
  const uses = (name) => new RegExp(`\\b${name}\\b`).test(text.replace(/\/\*\*[\s\S]*?\*\//g, ''));
  const from = (names, path) => {
    const used = names.filter((n) => uses(n.replace('type ', '')));
    if (used.length === 0) return [];
    if (used.every((n) => n.startsWith('type '))) {
      return [`import type { ${used.map((n) => n.slice(5)).join(', ')} } from '${path}';`];
    }
    return [`import { ${used.join(', ')} } from '${path}';`];
  };
  const guards = [...new Set(signatures.map((s) => s.entry.guard).filter(Boolean))];
  return [
    ...from(['type Handle'], '../native/addon.ts'),
    "import { native } from '../native/attach.ts';",
    ...from(['type DType', 'isDType'], '../tensor/dtype.ts'),
    ...from([text.includes('instanceof Tensor') ? 'Tensor' : 'type Tensor'], '../tensor/tensor.ts'),
    ...from(['wrap'], '../tensor/wrap.ts'),
    ...from(argumentHelpers, './arguments.ts'),
    ...from(guards, './guards.ts'),
  ].join('\n');
}

const argumentHelpers = [
  'checkOptions',
  'dtypeArgument',
  'handleOf',
  'handlesOf',
  'isNumber',
  'isObject',
  'isOtherString',
  'isScalar',
  'noOverload',
  'type Options',
  'optionalHandleOf',
  'optionalHandlesOf',
  'type Reduction',
  'reductionArgument',
  'type Scalar',
  'wrapAll',
  'wrapOrNull',
];
