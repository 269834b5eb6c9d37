import { literal } from '../pattern.ts';
import { replace } from '../piece.ts';
import type { Splitter } from '../pieceTypes.ts';
import { splitByPattern } from './byPattern.ts';

export const prependSchemes = ['always', 'first', 'never'] as const;
export type PrependScheme = (typeof prependSchemes)[number];

/** `Metaspace`: blanks become ▁, which also opens the text; words are cut before it. */
export function metaspace(mark: string, scheme: PrependScheme, split: boolean): Splitter {
  const cutBefore = splitByPattern(literal(mark), 'MergedWithNext');
  return (piece) => {
    const blanks = Array.from(piece.text.matchAll(/ /g), ({ index }) => ({
      start: index,
      end: index + 1,
      text: mark,
    }));
    const marked = replace(piece, blanks);
    const opens = scheme === 'always' || (scheme === 'first' && piece.first);
    const whole =
      opens && !marked.text.startsWith(mark) ? replace(marked, [{ start: 0, end: 0, text: mark }]) : marked;
    return split ? cutBefore(whole) : [whole];
  };
}
