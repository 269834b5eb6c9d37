/** A character of a script that is written without spaces, or else a run of letters and digits. */
const wordPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]|[\p{L}\p{N}\p{M}]+/gu;

/** What two texts must share to be the same: letters and digits, without case, accents of width, or punctuation. */
export const normalizedWords = (text: string): string[] =>
  text.normalize('NFKC').toLowerCase().match(wordPattern) ?? [];

/** {@link normalizedWords} joined by spaces. */
export const normalizeText = (text: string): string => normalizedWords(text).join(' ');
