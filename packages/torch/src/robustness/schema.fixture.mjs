// Reads the schemas that the addon prints, so that most random arguments have the type that an op wants.

/**
 * The arguments of "aten::sum.dim_IntList(Tensor self, int[1]? dim, bool keepdim=False, *, ScalarType? dtype=None) -> Tensor":
 * [{ type: 'Tensor', name: 'self', keyword: false, optional: false }, …].
 */
export function parseSchema(text) {
  const overload = /^aten::\w+(?:\.(\w+))?\(/.exec(text)?.[1] ?? '';
  const inside = text.slice(text.indexOf('(') + 1, text.lastIndexOf(') ->'));
  let keyword = false;
  const args = [];
  for (const part of splitOutside(inside)) {
    if (part === '*') {
      keyword = true;
      continue;
    }
    const match = /^(.+?) (\w+)(?:=(.*))?$/.exec(part);
    if (!match) continue;
    const type = match[1].replace(/\([^)]*\)/g, '');
    args.push({ type, name: match[2], keyword, optional: type.endsWith('?') || match[3] !== undefined });
  }
  return { overload, args };
}

/** Splits at commas that are in no bracket. */
function splitOutside(text) {
  const parts = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if ('([{'.includes(text[i])) depth++;
    if (')]}'.includes(text[i])) depth--;
    if (text[i] === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts.filter((part) => part.length > 0);
}

/** logSoftmax → log_softmax, add_ → add_, _scaledDot → _scaled_dot. */
export const snakeCase = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export const camelCase = (name) =>
  name.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
