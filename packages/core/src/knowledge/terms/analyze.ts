import { porterStem } from './porter.ts';
import { englishStopWords } from './stopWords.ts';

/** How texts become terms for BM25; the same in every store. `none`: no stemming, no stop words, for other languages. */
export type TermLanguage = 'english' | 'none';

const words = /[\p{L}\p{N}\p{M}]+/gu;
/** Written without spaces between words. */
const unspaced = /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
const plainWord = /^[a-z]+$/;
const accents = /\p{M}+/gu;

/** Longer "words" are data (base64, hashes in a row): cut, so that an index stays small. */
const longestTerm = 64;

const cacheSize = 100_000;

/**
 * Makes a function that turns a text into its terms, in order, repeated ones too: compatibility forms and accents
 * folded, lower case, runs of letters and digits; scripts without spaces as overlapping pairs of characters; for
 * English without stop words and stemmed by Porter's rules. Terms never hold white space.
 */
export function termAnalyzer(language: TermLanguage = 'english'): (text: string) => string[] {
  const english = language === 'english';
  // A text's words repeat; what they become is kept, and thrown away as a whole when it grows too large.
  let known = new Map<string, readonly string[]>();
  return (text) => {
    const terms: string[] = [];
    for (const [word] of text.normalize('NFKC').toLowerCase().matchAll(words)) {
      let made = known.get(word);
      if (made === undefined) {
        made = termsOf(word, english);
        if (known.size >= cacheSize) known = new Map();
        known.set(word, made);
      }
      for (const term of made) terms.push(term);
    }
    return terms;
  };
}

function termsOf(word: string, english: boolean): readonly string[] {
  if (unspaced.test(word)) return characterPairs(word);
  const folded = word.normalize('NFD').replace(accents, '').normalize('NFC').slice(0, longestTerm);
  if (folded === '') return [];
  if (!english) return [folded];
  if (englishStopWords.has(folded)) return [];
  return [plainWord.test(folded) ? porterStem(folded) : folded];
}

function characterPairs(word: string): string[] {
  const characters = Array.from(word);
  if (characters.length < 2) return characters;
  return characters.slice(1).map((character, i) => `${characters[i]}${character}`);
}
