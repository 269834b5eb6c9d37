/** White space as `String.prototype.trim` sees it. */
export const isSpace = (code: number): boolean =>
  code === 32 ||
  (code <= 13 && code >= 9) ||
  (code >= 160 &&
    (code === 160 ||
      code === 0x1680 ||
      (code >= 0x2000 && code <= 0x200a) ||
      code === 0x2028 ||
      code === 0x2029 ||
      code === 0x202f ||
      code === 0x205f ||
      code === 0x3000 ||
      code === 0xfeff));

/** Chinese and Japanese: written without spaces, a break between any two characters is one between words. */
export const isIdeograph = (code: number): boolean =>
  code >= 0x2e80 &&
  (code <= 0x9fff || (code >= 0xf900 && code <= 0xfaff) || (code >= 0xff00 && code <= 0xffef));

/** First position from `at` on, at most `to`, that holds no white space. */
export function skipSpace(text: string, at: number, to: number): number {
  let i = at;
  while (i < to && isSpace(text.charCodeAt(i))) i++;
  return i;
}

/** Last position down from `at`, at least `from`, before which stands no white space. */
export function trimEnd(text: string, from: number, at: number): number {
  let i = at;
  while (i > from && isSpace(text.charCodeAt(i - 1))) i--;
  return i;
}

const isHigh = (code: number): boolean => (code & 0xfc00) === 0xd800;
const isLow = (code: number): boolean => (code & 0xfc00) === 0xdc00;

/** Whether a cut at this position would halve a surrogate pair. */
export const halvesPair = (text: string, at: number): boolean =>
  isLow(text.charCodeAt(at)) && isHigh(text.charCodeAt(at - 1));

/** End of the character (code point) that begins at `at`. */
export const afterCharacter = (text: string, at: number): number =>
  isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? at + 2 : at + 1;

/** Longest run of marks that is kept together: some texts stack thousands. */
const MAX_MARKS = 16;

/**
 * The last position in (min, at] where a cut does not part what is seen as one character: a surrogate pair, a letter and its
 * marks, emoji that are joined; undefined if there is none. Runs of marks longer than 16 are cut, pairs never.
 */
export function wholeCharacter(text: string, min: number, at: number): number | undefined {
  const first = halvesPair(text, at) ? at - 1 : at;
  let i = first;
  for (let steps = 0; i > min && steps < MAX_MARKS; steps++) {
    const joins = text.charCodeAt(i - 1) === 0x200d || isMark(text.charCodeAt(i));
    if (!joins && !halvesPair(text, i)) return i;
    i--;
  }
  return first > min ? first : undefined;
}

const isMark = (code: number): boolean =>
  (code >= 0x300 && code <= 0x36f) ||
  code === 0x200d ||
  (code >= 0xfe00 && code <= 0xfe0f) ||
  (code >= 0x483 && code <= 0x489) ||
  (code >= 0x20d0 && code <= 0x20ff);
