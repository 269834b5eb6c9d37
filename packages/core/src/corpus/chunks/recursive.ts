import { type Breaks, firstWord, lastBreak, strength } from './breaks.ts';
import { type PackOptions, pack } from './pack.ts';
import type { MakeRuler } from './rulers/index.ts';
import type { Span } from './types.ts';

/** Breaks at paragraphs, else lines, else sentences, else words, else characters. */
export const proseBreaks = (text: string): Breaks => ({
  end: (min, max) => lastBreak(text, min, max),
  start: (from, to) => firstWord(text, from, to),
});

/** Breaks after the first of these strings that the window holds, else between words, else between characters. */
export const separatorBreaks = (text: string, separators: readonly string[]): Breaks => ({
  end(min, max) {
    const floor = min + ((max - min) >> 2);
    // A slice, because lastIndexOf alone would search on to the beginning of the text.
    const window = text.slice(floor, max);
    for (const separator of separators) {
      const at = window.lastIndexOf(separator);
      if (at !== -1) return floor + at + separator.length;
    }
    return lastBreak(text, min, max, strength.word);
  },
  start: (from, to) => firstWord(text, from, to),
});

export function splitRecursively(
  text: string,
  makeRuler: MakeRuler,
  options: PackOptions & { readonly separators?: readonly string[] | undefined },
): Span[] {
  const breaks = options.separators ? separatorBreaks(text, options.separators) : proseBreaks(text);
  return pack(text, 0, text.length, makeRuler(text), options, breaks);
}
