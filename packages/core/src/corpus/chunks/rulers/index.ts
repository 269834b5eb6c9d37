import type { OffsetTokenizer, TokenCounter } from '../types.ts';
import { atomRuler } from './atoms.ts';
import { charactersRuler } from './characters.ts';
import { estimateRuler, estimateTokens } from './estimate.ts';
import { tokenAtoms } from './tokens.ts';
import type { Ruler } from './types.ts';
import { wordAtoms } from './words.ts';

export type { Ruler } from './types.ts';

/** Makes a ruler for each text. */
export type MakeRuler = (text: string) => Ruler;

export const hasOffsets = (counter: TokenCounter): counter is OffsetTokenizer =>
  'encodeWithOffsets' in counter;

/** The fastest ruler for a unit: offsets if the tokenizer knows them, else words that are counted once each. */
export function rulerMaker(unit: 'tokens' | 'characters', counter: TokenCounter): MakeRuler {
  if (unit === 'characters') return () => charactersRuler;
  if (counter === estimateTokens) return estimateRuler;
  const count = (text: string): number => counter.count(text);
  if (hasOffsets(counter)) return (text) => atomRuler(text, tokenAtoms(text, counter), count);
  const known = new Map<string, number>();
  return (text) => atomRuler(text, wordAtoms(text, count, known), count);
}
