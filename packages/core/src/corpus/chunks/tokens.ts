import type { Breaks } from './breaks.ts';
import { halvesPair } from './characters.ts';
import { type PackOptions, pack } from './pack.ts';
import type { MakeRuler } from './rulers/index.ts';
import type { Span } from './types.ts';

/** Between any two tokens: the ruler ends windows there by itself. Only pairs of surrogates stay together. */
const tokenBreaks = (text: string): Breaks => ({
  end: (min, max) => (!halvesPair(text, max) ? max : max - 1 > min ? max - 1 : undefined),
  start: (from) => (halvesPair(text, from) ? from + 1 : from),
});

export const splitByTokens = (text: string, makeRuler: MakeRuler, options: PackOptions): Span[] =>
  pack(text, 0, text.length, makeRuler(text), options, tokenBreaks(text));
