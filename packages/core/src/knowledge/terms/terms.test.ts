import { describe, expect, it } from 'vitest';
import { makeChunk } from '../stores/chunks.fixture.ts';
import { porterStem, searchableText, termAnalyzer } from './index.ts';

describe('porterStem', () => {
  // From Porter, "An algorithm for suffix stripping" (1980), step by step, and from his list of words.
  it.each([
    ['caresses', 'caress'],
    ['ponies', 'poni'],
    ['caress', 'caress'],
    ['cats', 'cat'],
    ['feed', 'feed'],
    ['agreed', 'agre'],
    ['plastered', 'plaster'],
    ['bled', 'bled'],
    ['motoring', 'motor'],
    ['sing', 'sing'],
    ['conflated', 'conflat'],
    ['troubled', 'troubl'],
    ['sized', 'size'],
    ['hopping', 'hop'],
    ['falling', 'fall'],
    ['hissing', 'hiss'],
    ['filing', 'file'],
    ['happy', 'happi'],
    ['sky', 'sky'],
    ['relational', 'relat'],
    ['conditional', 'condit'],
    ['rational', 'ration'],
    ['digitizer', 'digit'],
    ['vietnamization', 'vietnam'],
    ['operator', 'oper'],
    ['hopefulness', 'hope'],
    ['sensibiliti', 'sensibl'],
    ['triplicate', 'triplic'],
    ['electrical', 'electr'],
    ['goodness', 'good'],
    ['revival', 'reviv'],
    ['inference', 'infer'],
    ['adjustment', 'adjust'],
    ['adoption', 'adopt'],
    ['communism', 'commun'],
    ['probate', 'probat'],
    ['rate', 'rate'],
    ['cease', 'ceas'],
    ['controll', 'control'],
    ['roll', 'roll'],
    ['generalizations', 'gener'],
    ['oscillators', 'oscil'],
    ['yearly', 'yearli'],
    ['geology', 'geologi'],
    ['as', 'as'],
    ['eed', 'eed'],
  ])('%s → %s', (word, stem) => {
    expect(porterStem(word)).toBe(stem);
  });
});

describe('termAnalyzer', () => {
  it('folds case, accents and widths, drops stop words and stems in English', () => {
    const analyze = termAnalyzer();
    expect(analyze("The patient's cells WERE dividing; naïve ﬁbroblasts (IL-6, 3.5mg)")).toEqual([
      'patient',
      's',
      'cell',
      'were',
      'divid',
      'naiv',
      'fibroblast',
      'il',
      '6',
      '3',
      '5mg',
    ]);
    expect(analyze('')).toEqual([]);
    expect(analyze('the, of — and')).toEqual([]);
  });

  it('leaves words alone in other languages', () => {
    expect(termAnalyzer('none')('The Zellen teilen sich, and über Größen')).toEqual([
      'the',
      'zellen',
      'teilen',
      'sich',
      'and',
      'uber',
      'großen',
    ]);
  });

  it('takes pairs of characters where words have no spaces', () => {
    expect(termAnalyzer('none')('東京大学 on 茶')).toEqual(['東京', '京大', '大学', 'on', '茶']);
  });

  it('never makes a term with white space in it, and no endless one', () => {
    const analyze = termAnalyzer();
    const text = Array.from({ length: 0x3000 }, (_, i) => String.fromCodePoint(i)).join('');
    for (const term of analyze(`${text} ${'x'.repeat(1000)} \ud83d`)) expect(term).toMatch(/^\S{1,64}$/u);
  });
});

it('searches title, headings and text, each once', () => {
  const chunk = makeChunk('a', { title: 'Guide', headingPath: ['Guide', 'Use', ''], text: 'Text.' });
  expect(searchableText(chunk)).toBe('Guide\nUse\nText.');
  expect(searchableText(makeChunk('b', { text: 'Only.' }))).toBe('Only.');
});
