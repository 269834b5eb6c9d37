/**
 * Parser for ATen's schema texts, such as
 * `aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor`.
 *
 * @typedef {object} Type
 * @property {string} base      'Tensor', 'int' (also SymInt), 'float', 'bool', 'str', 'Scalar', 'ScalarType', 'Device' …
 * @property {boolean} list     `base[]`
 * @property {number} size      n of `int[n]`, where one number may stand for the list; else 0
 * @property {boolean} optional None is allowed for the whole
 * @property {boolean} optionalItems None is allowed for an element (`Tensor?[]`)
 * @property {string} alias     '' for none, 'a' for a view, 'a!' for an argument written to
 *
 * @typedef {Type & { name: string, default: string | undefined, keyword: boolean }} Argument
 * @typedef {{ op: string, overload: string, key: string, text: string, args: Argument[], returns: (Type & { name: string })[] }} Schema
 */

/** Splits at commas outside brackets and quotes. */
function splitList(text) {
  const parts = [];
  let depth = 0;
  let quoted = false;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (c === '(' || c === '[') depth++;
    else if (c === ')' || c === ']') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  const last = text.slice(start).trim();
  return last === '' ? parts : [...parts, last];
}

/** @returns {Type} */
export function parseType(text) {
  const alias = /\(([^)]*)\)/.exec(text)?.[1] ?? '';
  const match = /^([A-Za-z_]+)(\?)?(?:(\[)(\d*)\])?(\?)?$/.exec(text.replace(/\([^)]*\)/, ''));
  if (!match) throw new Error(`cannot parse the type '${text}'`);
  const [, base, mark, bracket, size, trailing] = match;
  return {
    base: base === 'SymInt' ? 'int' : base,
    list: bracket !== undefined,
    size: Number(size || 0),
    optional: bracket === undefined ? mark !== undefined : trailing !== undefined,
    optionalItems: bracket !== undefined && mark !== undefined,
    alias,
  };
}

/** `Tensor(a -> *) self`, `int dim=-1`, or a bare type: [type, name, default]. */
function parseNamed(text) {
  const equals = text.indexOf('=');
  const head = equals < 0 ? text : text.slice(0, equals);
  const match = /^(.*?[\])?\w])(?:\s+(\w+))?$/.exec(head.trim());
  if (!match) throw new Error(`cannot parse '${text}'`);
  return [parseType(match[1]), match[2] ?? '', equals < 0 ? undefined : text.slice(equals + 1)];
}

/** @returns {Schema} */
export function parseSchema(text) {
  const match = /^aten::(\w+)(?:\.(\w+))?\((.*)\) -> (.*)$/.exec(text);
  if (!match) throw new Error(`not a schema: '${text}'`);
  const [, op, overload = '', argumentText, returnText] = match;
  const args = [];
  let keyword = false;
  for (const part of splitList(argumentText)) {
    if (part === '*') {
      keyword = true;
      continue;
    }
    const [type, name, fallback] = parseNamed(part);
    args.push({ ...type, name, default: fallback, keyword });
  }
  const returns = splitList(returnText.startsWith('(') ? returnText.slice(1, -1) : returnText).map((part) => {
    const [type, name] = parseNamed(part);
    return { ...type, name };
  });
  return { op, overload, key: overload ? `${op}.${overload}` : op, text, args, returns };
}
