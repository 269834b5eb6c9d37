import { expect, test } from 'vitest';
import { SeededRandom } from '../../base/rng.ts';
import { firstWord, lastBreak, strength } from './breaks.ts';
import { isIdeograph, wholeCharacter } from './characters.ts';
import { randomText } from './texts.fixture.ts';

const isBlank = (character: string | undefined): boolean =>
  character !== undefined && character.trim() === '';

/** The definition, without any of the short cuts: all breaks of the window, then the best. */
function slowBreak(text: string, min: number, max: number): number | undefined {
  const floor = min + Math.floor((max - min) / 4);
  const candidates: { at: number; seen: number; strength: number }[] = [];
  for (let i = max; i > min; i--) {
    let at = i;
    while (at > min && isBlank(text[i]) && isBlank(text[at - 1])) at--;
    if (at === min) break;
    const sentence = /[.!?…。！？｡]["'”’)\]»』」）]{0,2}$/.test(text.slice(Math.max(0, at - 3), at));
    if (isBlank(text[i])) {
      const newlines = (/^\s*/.exec(text.slice(at)) as RegExpExecArray)[0].split('\n').length - 1;
      const found = newlines > 1 ? 'paragraph' : newlines === 1 ? 'line' : sentence ? 'sentence' : 'word';
      candidates.push({ at, seen: i, strength: strength[found] });
    } else if (isIdeograph(text.charCodeAt(i - 1))) {
      candidates.push({ at, seen: i, strength: sentence ? strength.sentence : strength.word });
    }
    i = at;
  }
  const late = candidates.filter(({ seen }) => seen > floor);
  if (late.length === 0) return candidates[0]?.at;
  const best = Math.max(...late.map((candidate) => candidate.strength));
  return late.find((candidate) => candidate.strength === best)?.at;
}

test('the last of the strongest breaks, as the definition says', () => {
  const random = new SeededRandom(5);
  let compared = 0;
  for (let round = 0; round < 3000; round++) {
    const text = randomText(random, 40 + random.below(60));
    const min = random.below(text.length);
    const max = min + 1 + random.below(text.length - min);
    if (max >= text.length || isBlank(text[min])) continue;
    const expected = slowBreak(text, min, max);
    if (expected === undefined) continue;
    expect([text, min, max, lastBreak(text, min, max)]).toEqual([text, min, max, expected]);
    compared++;
  }
  expect(compared).toBeGreaterThan(1000);
});

test('stretches are not broken, and their borders are the best breaks', () => {
  const text = 'one two three four five six';
  const whole = { starts: [4], ends: [18] }; // two three four
  expect(lastBreak(text, 0, 12, strength.paragraph, whole)).toBe(4);
  expect(lastBreak(text, 0, 22, strength.paragraph, whole)).toBe(18);
  expect(lastBreak(text, 5, 12, strength.paragraph, whole)).toBeUndefined();
});

test('the first word from a place on', () => {
  expect(firstWord('one two', 0, 7)).toBe(0);
  expect(firstWord('one two', 1, 7)).toBe(4);
  expect(firstWord('one two', 1, 4)).toBeUndefined();
  expect(firstWord('a東京', 1, 3)).toBe(1);
});

test('a cut between characters', () => {
  expect(wholeCharacter('ab', 0, 1)).toBe(1);
  expect(wholeCharacter('a🔥b', 0, 2)).toBe(1);
  expect(wholeCharacter('ae\u0301\u0302b', 0, 3)).toBe(1);
  expect(wholeCharacter('a👩\u200d👧b', 0, 4)).toBe(1);
  expect(wholeCharacter('🔥b', 0, 1)).toBeUndefined();
  // So many marks that they are cut, but not within a pair.
  expect(wholeCharacter(`a${'\u200d'.repeat(40)}🔥b`, 0, 42)).toBe(41);
});
