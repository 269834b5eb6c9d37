import type { Breaks } from './breaks.ts';
import { lastBreak } from './breaks.ts';
import { skipSpace, trimEnd, wholeCharacter } from './characters.ts';
import { type PackOptions, pack } from './pack.ts';
import { firstAbove } from './rulers/atoms.ts';
import type { MakeRuler } from './rulers/index.ts';
import type { Span } from './types.ts';

/** Sentences by Unicode's rules (UAX 29) for a language, without the white space around them. */
export interface Sentences {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Longest stretch given to the segmenter, in UTF-16 units: the time it takes grows with the square. */
const PIECE = 4096;

/** A line end always ends a sentence, so each line is looked at by itself, and long lines piece by piece. */
export function findSentences(text: string, locale: string): Sentences {
  const segmenter = new Intl.Segmenter(locale, { granularity: 'sentence' });
  const found = { starts: [] as number[], ends: [] as number[] };
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    findInLine(text, at, end, segmenter, found);
    at = end + 1;
  }
  return found;
}

function findInLine(
  text: string,
  from: number,
  to: number,
  segmenter: Intl.Segmenter,
  { starts, ends }: { readonly starts: number[]; readonly ends: number[] },
): void {
  for (let at = from; at < to; ) {
    const isRest = to - at <= PIECE;
    const end = isRest ? to : (wholeCharacter(text, at, at + PIECE) ?? to);
    let next = end;
    for (const { index, segment } of segmenter.segment(text.slice(at, end))) {
      // The last one may go on beyond the piece: it is looked at again from its start, unless it is all of the piece.
      if (!isRest && index > 0 && index + segment.length === end - at) {
        next = at + index;
        break;
      }
      const after = at + index + segment.length;
      const start = skipSpace(text, at + index, after);
      if (start === after) continue;
      starts.push(start);
      ends.push(trimEnd(text, start, after));
    }
    at = next;
  }
}

/** Between sentences; within one that is larger than a chunk, between words. */
export const sentenceBreaks = (text: string, { starts, ends }: Sentences): Breaks => ({
  end(min, max) {
    const last = ends[firstAbove(ends, max, 0, ends.length) - 1];
    return last !== undefined && last > min ? last : lastBreak(text, min, max);
  },
  start(from, to) {
    const first = starts[firstAbove(starts, from - 1, 0, starts.length)];
    return first !== undefined && first < to ? first : undefined;
  },
});

export function splitBySentences(
  text: string,
  makeRuler: MakeRuler,
  options: PackOptions & { readonly locale: string },
): Span[] {
  const breaks = sentenceBreaks(text, findSentences(text, options.locale));
  return pack(text, 0, text.length, makeRuler(text), options, breaks);
}
