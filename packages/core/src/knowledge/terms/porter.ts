/**
 * Porter's English stemmer (Program 14, 1980), as its author's own code has it: `logi` → `log`, `bli` → `ble`, and
 * words of one or two letters stay. For lower-case words of the letters a to z.
 */
export function porterStem(word: string): string {
  if (word.length < 3) return word;
  // A y at the start is a consonant whatever follows.
  let stem = word[0] === 'y' ? `Y${word.slice(1)}` : word;
  stem = plurals(stem);
  stem = pastAndGerund(stem);
  if (endsWithVowelY.test(stem)) stem = `${stem.slice(0, -1)}i`;
  stem = replaceSuffix(stem, doubleSuffix, doubleSuffixes, hasMeasure);
  stem = replaceSuffix(stem, singleSuffix, singleSuffixes, hasMeasure);
  stem = dropSuffix(stem);
  stem = finalE(stem);
  return stem.startsWith('Y') ? `y${stem.slice(1)}` : stem;
}

const consonant = '[^aeiou]';
const vowel = '[aeiouy]';
const consonants = `${consonant}[^aeiouy]*`;
const vowels = `${vowel}[aeiou]*`;

/** m > 0, m = 1 and m > 1 in Porter's notation [C](VC)^m[V]. */
const hasMeasure = new RegExp(`^(?:${consonants})?${vowels}${consonants}`);
const measureOne = new RegExp(`^(?:${consonants})?${vowels}${consonants}(?:${vowels})?$`);
const measureMany = new RegExp(`^(?:${consonants})?${vowels}${consonants}${vowels}${consonants}`);
const hasVowel = new RegExp(`^(?:${consonants})?${vowel}`);
/** Consonant, vowel, consonant that is not w, x or y: "hop", not "snow". */
const shortEnd = new RegExp(`^${consonants}${vowel}[^aeiouwxy]$`);
const endsWithVowelY = new RegExp(`^(?:${consonants})?${vowel}.*y$|^${consonants}${vowel}y$`);
const doubleConsonant = /([^aeiouylsz])\1$/;

/** Step 1a. */
function plurals(word: string): string {
  if (/(?:ss|i)es$/.test(word)) return word.slice(0, -2);
  return /[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

/** Step 1b. */
function pastAndGerund(word: string): string {
  if (word.endsWith('eed')) return hasMeasure.test(word.slice(0, -3)) ? word.slice(0, -1) : word;
  const suffix = /(?:ed|ing)$/.exec(word);
  if (suffix === null) return word;
  const stem = word.slice(0, suffix.index);
  if (!hasVowel.test(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (doubleConsonant.test(stem)) return stem.slice(0, -1);
  return shortEnd.test(stem) ? `${stem}e` : stem;
}

/** Step 2. */
const doubleSuffixes: Readonly<Record<string, string>> = {
  ational: 'ate',
  tional: 'tion',
  enci: 'ence',
  anci: 'ance',
  izer: 'ize',
  bli: 'ble',
  alli: 'al',
  entli: 'ent',
  eli: 'e',
  ousli: 'ous',
  ization: 'ize',
  ation: 'ate',
  ator: 'ate',
  alism: 'al',
  iveness: 'ive',
  fulness: 'ful',
  ousness: 'ous',
  aliti: 'al',
  iviti: 'ive',
  biliti: 'ble',
  logi: 'log',
};
/** Step 3. */
const singleSuffixes: Readonly<Record<string, string>> = {
  icate: 'ic',
  ative: '',
  alize: 'al',
  iciti: 'ic',
  ical: 'ic',
  ful: '',
  ness: '',
};
const endingIn = (suffixes: Readonly<Record<string, string>>): RegExp =>
  new RegExp(`(?:${Object.keys(suffixes).join('|')})$`);
const doubleSuffix = endingIn(doubleSuffixes);
const singleSuffix = endingIn(singleSuffixes);

function replaceSuffix(
  word: string,
  suffix: RegExp,
  by: Readonly<Record<string, string>>,
  condition: RegExp,
): string {
  const found = suffix.exec(word); // the longest: regular expressions find the leftmost start
  if (found === null) return word;
  const stem = word.slice(0, found.index);
  return condition.test(stem) ? stem + (by[found[0]] ?? '') : word;
}

const droppedSuffix =
  /(?:al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$|(?<=[st])ion$/;

/** Step 4. */
function dropSuffix(word: string): string {
  const found = droppedSuffix.exec(word);
  if (found === null) return word;
  const stem = word.slice(0, found.index);
  return measureMany.test(stem) ? stem : word;
}

/** Step 5. */
function finalE(word: string): string {
  let stem = word;
  if (stem.endsWith('e')) {
    const before = stem.slice(0, -1);
    if (measureMany.test(before) || (measureOne.test(before) && !shortEnd.test(before))) stem = before;
  }
  return stem.endsWith('ll') && measureMany.test(stem) ? stem.slice(0, -1) : stem;
}
