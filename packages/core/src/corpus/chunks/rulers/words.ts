import { afterCharacter, isSpace, skipSpace } from '../characters.ts';
import type { TokenCounter } from '../types.ts';
import type { Atoms } from './atoms.ts';

/** Words that are remembered; by Zipf's law these are nearly all. */
const MAX_REMEMBERED = 100_000;
/** A word that is longer (units) or larger (tokens) is measured character by character: no chunk has fewer tokens. */
const LONG_WORD = 64;
const LARGE_WORD = 8;

/** Words between white space as atoms, each counted once for all its occurrences. For counters without offsets. */
export function wordAtoms(text: string, count: TokenCounter['count'], known: Map<string, number>): Atoms {
  const starts: number[] = [];
  const ends: number[] = [];
  const totals = [0];
  let total = 0;
  const measure = (from: number, to: number): number => {
    const word = text.slice(from, to);
    const before = known.get(word);
    if (before !== undefined) return before;
    if (known.size >= MAX_REMEMBERED) known.clear();
    const size = count(word);
    known.set(word, size);
    return size;
  };
  const add = (from: number, to: number, size: number): void => {
    total += size;
    starts.push(from);
    ends.push(to);
    totals.push(total);
  };
  for (let at = skipSpace(text, 0, text.length); at < text.length; ) {
    let end = at + 1;
    while (end < text.length && !isSpace(text.charCodeAt(end))) end++;
    const size = end - at > LONG_WORD ? Number.POSITIVE_INFINITY : measure(at, end);
    if (size <= LARGE_WORD) add(at, end, size);
    else
      for (let i = at; i < end; i = afterCharacter(text, i)) {
        add(i, afterCharacter(text, i), measure(i, afterCharacter(text, i)));
      }
    at = skipSpace(text, end, text.length);
  }
  return { starts: Int32Array.from(starts), ends: Int32Array.from(ends), totals: Int32Array.from(totals) };
}
