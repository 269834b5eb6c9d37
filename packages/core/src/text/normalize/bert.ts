/** `BertNormalizer` of tokenizer.json, with the defaults of the reference implementation. */
export interface BertNormalizerOptions {
  readonly cleanText: boolean;
  readonly handleChineseChars: boolean;
  readonly lowercase: boolean;
  /** null: as `lowercase`. */
  readonly stripAccents: boolean | null;
}

// Nothing but printable ASCII and the white space that stays: only lower-casing changes it.
const plain = /^[ -~\t\n\r]*$/;
const blanks = /[\t\n\r]/g;
const removed = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFD]/gu;
const whiteSpace = /\p{White_Space}/gu;
// CJK ideographs as BERT's own tokenizer has them: not kana, not Hangul.
const ideographs =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B920}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/gu;
const accents = /\p{Mn}/gu;

/** Lower case character by character: a final sigma becomes σ, as in the reference implementation. */
export function lowercase(text: string): string {
  if (!text.includes('Σ')) return text.toLowerCase();
  return text
    .split('Σ')
    .map((part) => part.toLowerCase())
    .join('σ');
}

/** Removes control characters, makes all white space a blank, sets ideographs apart, lower-cases, strips accents. */
export function bertNormalizer(options: BertNormalizerOptions): (text: string) => string {
  const stripAccents = options.stripAccents ?? options.lowercase;
  return (given) => {
    let text = given;
    if (plain.test(text)) {
      if (options.cleanText) text = text.replace(blanks, ' ');
      return options.lowercase ? text.toLowerCase() : text;
    }
    if (options.cleanText) text = text.replace(removed, '').replace(whiteSpace, ' ');
    if (options.handleChineseChars) text = text.replace(ideographs, ' $& ');
    if (stripAccents) text = text.normalize('NFD').replace(accents, '');
    return options.lowercase ? lowercase(text) : text;
  };
}
