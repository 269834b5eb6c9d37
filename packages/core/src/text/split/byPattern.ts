import { cut } from '../piece.ts';
import type { Piece, Splitter } from '../pieceTypes.ts';

/** What becomes of the matches of a pattern, as tokenizer.json names it. */
export const behaviors = [
  'Removed',
  'Isolated',
  'MergedWithPrevious',
  'MergedWithNext',
  'Contiguous',
] as const;
export type Behavior = (typeof behaviors)[number];

interface Stretch {
  start: number;
  end: number;
  readonly match: boolean;
}

/** Matches and what lies between, in order; empty matches are passed over. */
function stretches(text: string, pattern: RegExp, invert: boolean): Stretch[] {
  const found: Stretch[] = [];
  let at = 0;
  for (const { 0: match, index } of text.matchAll(pattern)) {
    if (match === '') continue;
    if (index > at) found.push({ start: at, end: index, match: invert });
    found.push({ start: index, end: index + match.length, match: !invert });
    at = index + match.length;
  }
  if (at < text.length) found.push({ start: at, end: text.length, match: invert });
  return found;
}

function merged(found: readonly Stretch[], behavior: Behavior): readonly Stretch[] {
  const result: Stretch[] = [];
  let before = false; // whether the stretch before was a match
  for (const each of behavior === 'MergedWithNext' ? [...found].reverse() : found) {
    const last = result.at(-1);
    const joins = behavior === 'Contiguous' ? last && before === each.match : last && each.match && !before;
    if (last && joins) {
      last.start = Math.min(last.start, each.start);
      last.end = Math.max(last.end, each.end);
    } else result.push({ ...each });
    before = each.match;
  }
  return behavior === 'MergedWithNext' ? result.reverse() : result;
}

/** Cuts by a pattern with the flag g. `invert`: what the pattern does not match is the match. */
export function splitByPattern(pattern: RegExp, behavior: Behavior, invert = false): Splitter {
  const simple = behavior === 'Removed' || behavior === 'Isolated';
  return (piece) => {
    const found = stretches(piece.text, pattern, invert);
    const parts: Piece[] = [];
    for (const { start, end, match } of simple ? found : merged(found, behavior)) {
      if (behavior !== 'Removed' || !match) parts.push(cut(piece, start, end));
    }
    return parts;
  };
}

/** One splitter after the other, each on the parts of the one before. */
export const splitInTurn =
  (splitters: readonly Splitter[]): Splitter =>
  (piece) =>
    splitters.reduce<readonly Piece[]>(
      (pieces, splitter) => pieces.flatMap((each) => splitter(each)),
      [piece],
    );
