/**
 * Reads ops/allow-list.txt: which overloads are offered, in which topic, and how (see the list's head).
 *
 * @typedef {object} Entry
 * @property {string} key       `op.overload`
 * @property {string} op
 * @property {string} topic     the section
 * @property {boolean} method
 * @property {string[]} keyword
 * @property {string[]} positional
 * @property {string[]} nullable
 * @property {string} guard     '' for none
 */

/** Ops that can reach outside their storage, or change what a tensor is underneath its owners. */
const forbidden =
  /^(as_strided|set_|resize|_?unsafe|_foreach|_amp_|_reshape_alias|_local_scalar|data$|alias$)|_unsafe_|_out$/;

export const isForbidden = (op, overload) => forbidden.test(op) || /(^|_)out$/.test(overload);

const words = (text) => (text ? text.split(',') : []);

/** @returns {Entry[]} */
export function parseAllowList(text) {
  const entries = [];
  let topic = '';
  let sectionFlags = [];
  for (const [number, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') continue;
    const section = /^\[([\w-]+)\](.*)$/.exec(line);
    if (section) {
      topic = section[1];
      sectionFlags = section[2].split(/\s+/).filter(Boolean);
      continue;
    }
    const [key, ...own] = line.split(/\s+/);
    const flags = new Map([...sectionFlags, ...own].map((flag) => flag.split('=')));
    const [op, overload = ''] = key.split('.');
    if (topic === '')
      throw new Error(`allow-list.txt:${number + 1}: '${key}' stands before the first [section]`);
    if (isForbidden(op, overload))
      throw new Error(`allow-list.txt:${number + 1}: '${key}' may not be offered`);
    const unknown = [...flags.keys()].filter((flag) => !knownFlags.includes(flag));
    if (unknown.length > 0) throw new Error(`allow-list.txt:${number + 1}: unknown flag '${unknown[0]}'`);
    entries.push({
      key,
      op,
      topic,
      method: flags.has('method') || !flags.has('function'),
      keyword: words(flags.get('keyword')),
      positional: words(flags.get('positional')),
      nullable: words(flags.get('nullable')),
      guard: flags.get('guard') ?? '',
    });
  }
  return entries;
}

const knownFlags = ['function', 'method', 'keyword', 'positional', 'guard', 'nullable'];
