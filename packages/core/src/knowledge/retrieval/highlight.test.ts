import { expect, it } from 'vitest';
import { highlight } from './index.ts';

const text = `The heart is a muscle. It pumps blood through arteries and veins.

# Disease
A heart attack (myocardial infarction) happens when blood flow is blocked. Dr. Smith wrote that.  Veins are blue.`;

it('finds the sentences that answer to a query, best first, with the places of the words', () => {
  const passages = highlight(text, 'What blocks the flow of blood in a heart attack?');
  expect(passages[0]?.text).toBe(
    'A heart attack (myocardial infarction) happens when blood flow is blocked.',
  );
  for (const { start, end, text: part, matches } of passages) {
    expect(text.slice(start, end)).toBe(part);
    for (const match of matches) {
      expect(match.start).toBeGreaterThanOrEqual(start);
      expect(match.end).toBeLessThanOrEqual(end);
    }
  }
  const words = passages[0]?.matches.map(({ start, end }) => text.slice(start, end));
  expect(words).toEqual(['heart', 'attack', 'blood', 'flow', 'blocked']);
  expect(passages.map(({ score }) => score)).toEqual(
    [...passages.map(({ score }) => score)].sort((a, b) => b - a),
  );
  expect(passages).toHaveLength(3);
  expect(passages[0]?.score).toBeLessThanOrEqual(1);
});

it('has nothing to show without common words', () => {
  expect(highlight(text, 'kidney')).toEqual([]);
  expect(highlight(text, 'the of')).toEqual([]);
  expect(highlight('', 'heart')).toEqual([]);
  expect(highlight(text, 'veins', { limit: 1 })[0]?.text).toContain('arteries and veins');
});

it('keeps offsets right where folding changes lengths', () => {
  const odd = 'ﬁrst İstanbul naïve. 🙂 Second “naïve” one.';
  for (const { matches } of highlight(odd, 'naive first')) {
    for (const { start, end } of matches) expect(['naïve', 'ﬁrst']).toContain(odd.slice(start, end));
  }
  expect(highlight(odd, 'naive')).toHaveLength(2);
});
