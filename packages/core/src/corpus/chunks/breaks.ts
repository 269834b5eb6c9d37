import { isIdeograph, isSpace, trimEnd, wholeCharacter } from './characters.ts';
import { firstAbove } from './rulers/atoms.ts';

/** Where chunks may end and begin; what tells one splitter from another. */
export interface Breaks {
  /** The best end in (min, max]; undefined if none is allowed there. */
  end(min: number, max: number): number | undefined;
  /** The first good beginning in [from, to), for the overlap; undefined if there is none. */
  start(from: number, to: number): number | undefined;
}

/** Places that must not be broken, sorted, without white space at their ends. */
export interface Stretches {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** Strength of a break. */
export const strength = { word: 1, sentence: 2, line: 3, paragraph: 4 } as const;

/** First share of a window in which no break is looked for if there is any later: no chunk of a heading alone. */
const MIN_FILL = 0.25;

const NONE: Stretches = { starts: [], ends: [] };

/**
 * The strongest break in the window (min, max], the last one among equals: between paragraphs (an empty line), lines,
 * sentences, words, else characters. Looks at each character of the window once, backwards.
 *
 * @param strongest no break counts for more than this
 * @param whole stretches that are not broken; their borders count as between paragraphs
 * @returns undefined if `max` lies within a stretch that begins at or before `min`
 */
export function lastBreak(
  text: string,
  min: number,
  max: number,
  strongest: number = strength.paragraph,
  whole: Stretches = NONE,
): number | undefined {
  const floor = min + Math.floor((max - min) * MIN_FILL);
  let best: number | undefined;
  let bestStrength = 0;
  let stretch = firstAbove(whole.starts, max, 0, whole.starts.length) - 1;
  const isBlocked = stretch >= 0 && isWithin(whole, stretch, max);
  let i = max;
  while (i > min && bestStrength < strongest && (i > floor || best === undefined)) {
    if (stretch >= 0) {
      while (stretch >= 0 && (whole.starts[stretch] as number) > i) stretch--;
      if (stretch >= 0 && isWithin(whole, stretch, i)) i = whole.starts[stretch] as number;
      if (i > min && (whole.starts[stretch] === i || whole.ends[stretch] === i)) return i;
      if (i <= min) break;
    }
    // Nearly all characters of nearly all texts.
    let code = text.charCodeAt(i);
    let before = text.charCodeAt(i - 1);
    const stop = stretch >= 0 ? Math.max(floor, whole.ends[stretch] as number) : floor;
    while (code > 32 && code < 160 && before < 0x2e80 && i - 1 > stop) {
      i--;
      code = before;
      before = text.charCodeAt(i - 1);
    }
    let found = 0;
    if (isSpace(code)) {
      const start = trimEnd(text, min, i);
      if (start > min) found = strengthOfRun(text, start, i + 1, bestStrength);
      i = start;
    } else if (isIdeograph(before)) {
      found = endsSentence(text, i) ? strength.sentence : strength.word;
    }
    if (found > bestStrength) {
      best = i;
      bestStrength = Math.min(found, strongest);
    }
    i--;
    const isPlain = stretch < 0 || (whole.ends[stretch] as number) <= floor;
    if (isPlain && best !== undefined && bestStrength >= strength.sentence)
      return bestStrength >= strongest ? best : (lastLineEnd(text, min, floor, i, bestStrength) ?? best);
  }
  return best ?? (isBlocked ? undefined : wholeCharacter(text, min, max));
}

/** Once the end of a sentence is found, only the end of a line can be better, and those the engine finds faster. */
function lastLineEnd(
  text: string,
  min: number,
  floor: number,
  to: number,
  atLeast: number,
): number | undefined {
  if (to <= floor) return undefined;
  // White space that begins before the floor counts if it ends beyond.
  const from = isSpace(text.charCodeAt(floor + 1)) ? trimEnd(text, min, floor + 1) : floor + 1;
  const window = text.slice(from, to + 1); // lastIndexOf on the text itself would not stop at the floor
  let best: number | undefined;
  let bestStrength = atLeast;
  for (let at = window.lastIndexOf('\n'); at !== -1; ) {
    const start = trimEnd(text, min, from + at);
    const found = strengthOfRun(text, start, from + at + 1, bestStrength);
    if (start > min && found > bestStrength) {
      best = start;
      bestStrength = found;
    }
    if (bestStrength >= strength.paragraph || start <= from) break;
    at = window.lastIndexOf('\n', start - from - 1);
  }
  return best;
}

const isWithin = ({ starts, ends }: Stretches, index: number, at: number): boolean =>
  (starts[index] as number) < at && at < (ends[index] as number);

/** Of the white space from `start` on, of which [start, end) is known to be some. */
function strengthOfRun(text: string, start: number, end: number, atLeast: number): number {
  let newlines = 0;
  for (let i = start; newlines < 2 && (i < end || isSpace(text.charCodeAt(i))); i++) {
    if (text.charCodeAt(i) === 10) newlines++;
  }
  if (newlines > 0) return newlines > 1 ? strength.paragraph : strength.line;
  return atLeast < strength.sentence && endsSentence(text, start) ? strength.sentence : strength.word;
}

const codesOf = (characters: string): ReadonlySet<number> =>
  new Set([...characters].map((character) => character.charCodeAt(0)));
const fullStops = codesOf('.!?…。！？｡');
const closing = codesOf('"\'”’)]»』」）');

/** Whether the text before `at` ends with a full stop, perhaps with one or two closing quotes or brackets. */
function endsSentence(text: string, at: number): boolean {
  let i = at - 1;
  while (i > 0 && at - i < 3 && closing.has(text.charCodeAt(i))) i--;
  return fullStops.has(text.charCodeAt(i));
}

/** The first beginning of a word in [from, to). */
export function firstWord(text: string, from: number, to: number): number | undefined {
  for (let i = from; i < to; i++) {
    if (isSpace(text.charCodeAt(i))) continue;
    if (i === 0 || isSpace(text.charCodeAt(i - 1)) || isIdeograph(text.charCodeAt(i))) return i;
  }
  return undefined;
}
