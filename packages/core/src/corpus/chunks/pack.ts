import type { Breaks } from './breaks.ts';
import { afterCharacter, halvesPair, skipSpace, trimEnd } from './characters.ts';
import type { Ruler } from './rulers/index.ts';
import type { Span } from './types.ts';

export interface PackOptions {
  readonly size: number;
  readonly overlap: number;
}

/**
 * Fills chunk after chunk: from its start as far as the size allows, then back to the best break. Every character that is
 * not white space is in a chunk; no chunk is larger than `size`, and a chunk begins at most `overlap` before the end of
 * the one before. Takes time proportional to the text. (Only a single character can be larger than `size`, with a counter
 * that says so.)
 */
export function pack(
  text: string,
  from: number,
  to: number,
  ruler: Ruler,
  { size, overlap }: PackOptions,
  breaks: Breaks,
): Span[] {
  const spans: Span[] = [];
  const last = trimEnd(text, from, to);
  let covered = from;
  let start = skipSpace(text, from, last);
  while (start < last) {
    let end = fill(text, start, Math.max(covered, start), last, ruler, size, breaks);
    if (end === undefined && start < covered) {
      start = skipSpace(text, covered, last);
      end = fill(text, start, start, last, ruler, size, breaks);
    }
    // No break is allowed: what was to stay whole is too large together with what stands before it.
    end ??= shrink(text, start, start, ruler, size, ruler.reach(start, last, size));
    spans.push({ start, end });
    if (end >= last) break;
    covered = end;
    start = overlapStart(text, start, end, ruler, overlap, breaks) ?? skipSpace(text, end, last);
  }
  return spans;
}

/** The end of the chunk that begins at `start`, beyond `covered`; undefined if no break allows one. */
function fill(
  text: string,
  start: number,
  covered: number,
  last: number,
  ruler: Ruler,
  size: number,
  breaks: Breaks,
): number | undefined {
  for (let budget = size; budget > 0; ) {
    const max = ruler.reach(start, last, budget);
    if (max <= covered) break;
    const chosen = max >= last ? last : breaks.end(covered, max);
    if (chosen === undefined) return undefined;
    const end = trimEnd(text, start, chosen);
    if (end <= covered) break;
    const over = ruler.isExact ? 0 : ruler.measure(start, end) - size;
    if (over <= 0) return end;
    budget -= over;
  }
  // With an overlap before it nothing new fits; without one a character does.
  return start < covered
    ? undefined
    : shrink(text, start, covered, ruler, size, ruler.reach(start, last, size));
}

/** Without looking at breaks: halves the stretch until it fits; one character always does. */
function shrink(
  text: string,
  start: number,
  covered: number,
  ruler: Ruler,
  size: number,
  reached: number,
): number {
  const one = Math.max(afterCharacter(text, start), covered + 1);
  let end = Math.max(one, reached);
  while (end > one && ruler.measure(start, end) > size) end = Math.max(one, start + ((end - start) >> 1));
  if (end > one && halvesPair(text, end)) end--;
  return Math.max(one, trimEnd(text, start, end));
}

/** Where the next chunk begins within the one before; undefined if nothing of it fits into the overlap. */
function overlapStart(
  text: string,
  start: number,
  end: number,
  ruler: Ruler,
  overlap: number,
  breaks: Breaks,
): number | undefined {
  for (let budget = overlap; budget > 0; ) {
    const earliest = ruler.back(end, afterCharacter(text, start), budget);
    const chosen = earliest < end ? breaks.start(earliest, end) : undefined;
    if (chosen === undefined) return undefined;
    const at = skipSpace(text, chosen, end);
    if (at === end) return undefined;
    const over = ruler.isExact ? 0 : ruler.measure(at, end) - overlap;
    if (over <= 0) return at;
    budget -= over;
  }
  return undefined;
}
