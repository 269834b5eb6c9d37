import type { TokenCounter } from '../types.ts';
import type { Ruler } from './types.ts';

/** A quarter of a token for ASCII, a half for other alphabets, a whole one for ideographs and for half an emoji. */
const quarters = (code: number): number => (code < 128 ? 1 : code < 0x2e80 ? 2 : 4);

function sum(text: string, start: number, end: number): number {
  let total = 0;
  for (let i = start; i < end; i++) total += quarters(text.charCodeAt(i));
  return total;
}

/**
 * Tokens by rule of thumb: four ASCII characters a token, two of other alphabets, one ideograph. Needs no model and runs at
 * the speed of memory; for English within a fifth of what WordPiece and byte-level BPE count.
 */
export const estimateTokens: TokenCounter & { readonly fingerprint: string } = {
  fingerprint: 'estimate-1',
  count: (text) => Math.ceil(sum(text, 0, text.length) / 4),
};

/** {@link estimateTokens} for stretches of a text. */
export const estimateRuler = (text: string): Ruler => ({
  isExact: true,
  reach(start, limit, budget) {
    let left = budget * 4;
    let i = start;
    while (i < limit) {
      left -= quarters(text.charCodeAt(i));
      if (left < 0) break;
      i++;
    }
    return i;
  },
  back(end, limit, budget) {
    let left = budget * 4;
    let i = end;
    while (i > limit) {
      left -= quarters(text.charCodeAt(i - 1));
      if (left < 0) break;
      i--;
    }
    return i;
  },
  measure: (start, end) => Math.ceil(sum(text, start, end) / 4),
});
