import { expect, test } from 'vitest';
import { normalizerOf } from './normalize/index.ts';
import { pieceOf } from './piece.ts';
import { splitterOf } from './split/index.ts';

const place = { field: 'test', problems: [] };
const normalize = (config: object, text: string): string =>
  normalizerOf(config, place)(pieceOf(text, false)).text;
const split = (config: object, text: string): string[] =>
  splitterOf(config, place)(pieceOf(text, false)).map((piece) => piece.text);

test('a final sigma is lower-cased as the reference does, letter by letter', () => {
  expect(normalize({ type: 'Lowercase' }, 'ΟΔΟΣ İ')).toBe('οδοσ i̇');
});

test('ideographs beyond the first plane stand alone', () => {
  expect(normalize({ type: 'BertNormalizer' }, 'a𠀀𪜶b')).toBe('a 𠀀  𪜶 b');
});

test('Strip, Prepend and Replace', () => {
  expect(normalize({ type: 'Strip', strip_left: true, strip_right: false }, ' \u3000a ')).toBe('a ');
  expect(normalize({ type: 'Strip' }, ' \n ')).toBe('');
  expect(normalize({ type: 'Prepend', prepend: '▁' }, '')).toBe('');
  expect(normalize({ type: 'Replace', pattern: { Regex: ' {2,}' }, content: ' ' }, 'a   b')).toBe('a b');
  expect(normalize({ type: 'Replace', pattern: { String: '.' }, content: '$&' }, 'a.b')).toBe('a$&b');
});

test.each([
  ['Removed', ['the', 'final', 'countdown']],
  ['Isolated', ['the', '-', 'final', '-', '-', 'countdown']],
  ['MergedWithPrevious', ['the-', 'final-', '-', 'countdown']],
  ['MergedWithNext', ['the', '-final', '-', '-countdown']],
  ['Contiguous', ['the', '-', 'final', '--', 'countdown']],
])('Split with %s', (behavior, parts) => {
  // the example of the reference implementation's documentation
  expect(
    split({ type: 'Split', pattern: { String: '-' }, behavior, invert: false }, 'the-final--countdown'),
  ).toEqual(parts);
});

test('other pre-tokenizers', () => {
  expect(split({ type: 'Whitespace' }, "can't été №5 x_y")).toEqual([
    'can',
    "'",
    't',
    'été',
    '№',
    '5',
    'x_y',
  ]);
  expect(split({ type: 'Digits', individual_digits: true }, 'a12b')).toEqual(['a', '1', '2', 'b']);
  expect(split({ type: 'Digits', individual_digits: false }, 'a12b')).toEqual(['a', '12', 'b']);
  expect(split({ type: 'Punctuation' }, 'a,b!!')).toEqual(['a', ',', 'b', '!', '!']);
  expect(split({ type: 'CharDelimiterSplit', delimiter: '.' }, 'a.b..c')).toEqual(['a', 'b', 'c']);
  expect(split({ type: 'FixedLength', length: 2 }, 'a😀bcd')).toEqual(['a😀', 'bc', 'd']);
  expect(split({ type: 'Metaspace', prepend_scheme: 'never' }, 'a b')).toEqual(['a', '▁b']);
  expect(split({ type: 'Metaspace', split: false }, 'a b')).toEqual(['▁a▁b']);
});
