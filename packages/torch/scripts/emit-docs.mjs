/** Writes the docstring of an op from its schemas. */
import { isInPlace, resultsOf } from './signature.mjs';

/** What an argument's name means everywhere in ATen. */
const meanings = {
  dim: 'dimension; negative ones count from the end',
  keepdim: 'keep the reduced dimension with size 1',
  dtype: 'element type of the result, and of the computation',
  device: "where to, e.g. 'cpu' or 'cuda:0'",
  alpha: 'multiplies the last operand',
  reduction: "'none', 'mean' or 'sum'",
  correction: "subtracted from the number of elements: 1 is Bessel's, 0 the population's",
  ignore_index: 'target class that counts for nothing',
  label_smoothing: 'probability mass spread evenly over the classes, 0 to 1',
  eps: 'added for stability',
  normalized_shape: 'sizes of the trailing dimensions that are normalised',
  accumulate: 'add to what is there instead of replacing it',
  non_blocking: 'do not wait for the copy, where the memory allows it',
  copy: 'copy even where nothing changes',
  approximate: "'none' for the error function, 'tanh' for its approximation",
  attn_mask: 'boolean (true = attend) or added to the scores; broadcast to [..., queries, keys]',
  is_causal: 'query i attends to keys 0 to i only',
  enable_gqa: 'fewer key and value heads than query heads (libtorch 2.5 or newer)',
  scale: 'factor on the scores',
};

const noneMeans = {
  dim: 'all dimensions',
  scale: '1 / √(last size of query)',
  correction: '1',
  dtype: 'as PyTorch infers it',
  device: 'the CPU, or where the other tensors are',
  eps: "the input type's machine epsilon",
};

function defaultText(arg) {
  if (arg.base === 'bool' && !arg.list) return arg.default.toLowerCase();
  if (arg.name === 'reduction') return "'mean'";
  if (arg.default === 'None') return noneMeans[arg.name] ?? 'none';
  if (arg.base === 'ScalarType') return "'int64'";
  if (arg.default.startsWith('"')) return `'${arg.default.slice(1, -1)}'`;
  if (arg.default === '[]') return arg.name === 'stride' ? 'the kernel size' : 'all';
  return Number.isNaN(Number(arg.default)) ? arg.default : String(Number(arg.default));
}

function argumentLines(signatures) {
  const lines = [];
  const seen = new Set();
  for (const { parameters, options } of signatures) {
    const all = [...parameters.map((p) => [p, p.js]), ...options.map((o) => [o, `options.${o.js}`])];
    for (const [arg, name] of all) {
      if (seen.has(name)) continue;
      seen.add(name);
      const meaning = meanings[arg.name];
      const fallback = arg.default ?? (arg.optional ? 'None' : undefined);
      const parts = [];
      if (meaning !== undefined) parts.push(meaning);
      if (fallback !== undefined) parts.push(`default: ${defaultText({ ...arg, default: fallback })}`);
      if (parts.length > 0) lines.push(`@param ${name} ${parts.join('; ')}`);
    }
  }
  return lines;
}

function returnLine(signatures) {
  const texts = signatures.map((signature) => {
    if (isInPlace(signature)) return '`self`';
    const results = resultsOf(signature);
    const view = signature.schema.returns[0].alias !== '';
    if (results.length > 1)
      return `new tensors${results[0].label ? ` [${results.map((r) => r.label).join(', ')}]` : ''}`;
    if (results[0].type === 'Tensor')
      return view ? 'a view of `self`, or `self` copied where that is impossible' : 'a new tensor';
    if (results[0].type === 'Tensor[]') return view ? 'views of `self`' : 'new tensors';
    return `a ${results[0].type}`;
  });
  return `@returns ${[...new Set(texts)].join('; or ')}`;
}

/** The docstring's lines. */
export function docOf(signatures) {
  const schemas = [...new Set(signatures.map((s) => s.schema.text))];
  const lines = [
    `\`aten::${signatures[0].schema.op}\``,
    '',
    '```',
    ...schemas.map((text) => text.slice('aten::'.length)),
    '```',
    ...argumentLines(signatures),
    returnLine(signatures),
  ];
  return ['/**', ...lines.map((line) => (line === '' ? ' *' : ` * ${line}`)), ' */'];
}
