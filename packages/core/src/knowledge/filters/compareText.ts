/**
 * Order of texts by code points, which is the order of their UTF-8 bytes: what databases use. JavaScript's own `<`
 * goes by UTF-16 units and differs where emoji meet the private use area. Returns below, at or above zero.
 */
export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return byCodePoint(x) - byCodePoint(y);
  }
  return a.length - b.length;
}

// Surrogates stand for code points above all others, so they change places with U+E000 to U+FFFF.
function byCodePoint(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;
}
