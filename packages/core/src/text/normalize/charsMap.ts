/*
 * SentencePiece's compiled normalisation rules (`precompiled_charsmap`): a double-array trie (darts-clone) from UTF-8
 * byte strings to offsets into a block of NUL-terminated replacements. After the reference implementation's
 * spm_precompiled, quirks included: a grapheme is replaced by what its shortest known prefix maps to.
 */

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });
// Every character below U+0300 is a grapheme of its own, but for the line end.
const single = /^(?:(?!\r\n)[\0-\u02FF])*$/;

interface CharsMap {
  readonly trie: Uint32Array;
  readonly replacements: Uint8Array;
}

/** @throws RangeError for a map that is cut off */
export function parseCharsMap(base64: string): CharsMap {
  const bytes = Buffer.from(base64, 'base64');
  if (bytes.length < 4) throw new RangeError('too short');
  const size = bytes.readUInt32LE(0);
  if (size % 4 !== 0 || size === 0 || 4 + size > bytes.length)
    throw new RangeError(`a trie of ${size} bytes`);
  const trie = new Uint32Array(size / 4);
  for (let i = 0; i < trie.length; i++) trie[i] = bytes.readUInt32LE(4 + 4 * i);
  return { trie, replacements: Uint8Array.from(bytes.subarray(4 + size)) };
}

/** The value of the shortest key that `key` begins with, or -1. */
function shortestPrefix(trie: Uint32Array, key: Uint8Array): number {
  const offset = (unit: number): number => (unit >>> 10) << ((unit & 0x200) >>> 6);
  let node = offset(trie[0] ?? 0);
  for (const byte of key) {
    if (byte === 0) return -1;
    node ^= byte;
    const unit = trie[node] ?? 0;
    if ((unit & 0x800000ff) >>> 0 !== byte) return -1;
    node ^= offset(unit);
    if (((unit >>> 8) & 1) === 1) return (trie[node] ?? 0) & 0x7fffffff;
  }
  return -1;
}

/** A normaliser that applies such a map. */
export function charsMapNormalizer(map: CharsMap): (text: string) => string {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const known = new Map<string, string | undefined>();
  const lookUp = (chunk: string): string | undefined => {
    const at = shortestPrefix(map.trie, encoder.encode(chunk));
    if (at < 0) return undefined;
    const end = map.replacements.indexOf(0, at);
    return decoder.decode(map.replacements.subarray(at, end < 0 ? undefined : end));
  };
  const transform = (chunk: string): string | undefined => {
    if (known.has(chunk)) return known.get(chunk);
    const found = lookUp(chunk);
    if (known.size < 100_000) known.set(chunk, found);
    return found;
  };
  const characters = (text: string): string => {
    let out = '';
    for (const character of text) out += transform(character) ?? character;
    return out;
  };
  return (text) => {
    if (single.test(text)) return characters(text);
    let out = '';
    for (const { segment } of segmenter.segment(text)) {
      const whole = Buffer.byteLength(segment) < 6 ? transform(segment) : undefined;
      out += whole ?? characters(segment);
    }
    return out;
  };
}
