import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/rng.ts';
import {
  filterPairs,
  type Passage,
  type SynthesizedPair,
  type SynthesizeOptions,
  synthesizePairs,
} from './index.ts';

const sentences = [
  'The heart is a muscle about the size of a fist.',
  'It pumps blood through the vessels of the body.',
  'A healthy adult heart beats about seventy times a minute.',
  'Valves keep the blood from flowing back.',
];
const heart: Passage = {
  id: 'c1',
  documentId: 'd1',
  title: 'The human body',
  headingPath: ['Organs', 'Heart'],
  text: `## Heart\n\n${sentences.join(' ')}`,
};

async function make(
  passages: Iterable<Passage>,
  options: SynthesizeOptions = {},
): Promise<SynthesizedPair[]> {
  const pairs: SynthesizedPair[] = [];
  for await (const pair of synthesizePairs(passages, options)) pairs.push(pair);
  return pairs;
}

describe('synthesizePairs', () => {
  it('asks by title and innermost heading, which the positive no longer shows', async () => {
    const [pair] = await make([heart], { perPassage: { title: 1 } });
    expect(pair).toMatchObject({
      query: 'The human body Heart',
      positive: sentences.join(' '),
      positiveId: 'c1',
      documentId: 'd1',
      method: 'title',
    });
    const [setext] = await make([{ ...heart, headingPath: [], text: `The human body\n====\n\nBody text` }], {
      perPassage: { title: 1 },
    });
    expect(setext).toMatchObject({ query: 'The human body', positive: 'Body text' });
    expect(
      await make([{ id: 'x', documentId: 'x', text: 'no title' }], { perPassage: { title: 1 } }),
    ).toEqual([]);
    expect(await make([{ ...heart, text: '# Heart\n' }], { perPassage: { title: 1 } })).toEqual([]);
  });

  it('takes a sentence out of its passage (inverse cloze)', async () => {
    const passage = { ...heart, text: sentences.join(' ') };
    const pairs = await make([passage], {
      perPassage: { 'inverse-cloze': 20 },
      inverseCloze: { keepSentence: 0 },
    });
    expect(new Set(pairs.map(({ query }) => query))).toEqual(new Set(sentences));
    for (const { query, positive } of pairs)
      expect(positive).toBe(sentences.filter((sentence) => sentence !== query).join(' '));
    expect(
      await make([{ ...heart, text: sentences[0] as string }], { perPassage: { 'inverse-cloze': 1 } }),
    ).toEqual([]);
  });

  it('keeps the sentence in a share of the positives', async () => {
    const passages = Array.from({ length: 1000 }, (_, i) => ({
      ...heart,
      id: `c${i}`,
      text: sentences.join(' '),
    }));
    const kept = (await make(passages, { perPassage: { 'inverse-cloze': 1 } })).filter(
      ({ query, positive }) => positive.includes(query),
    ).length;
    expect(kept).toBeGreaterThan(60);
    expect(kept).toBeLessThan(140);
  });

  it('crops twice, so that the crops share words', async () => {
    const random = new SeededRandom(1);
    const passages = Array.from({ length: 300 }, (_, i) => ({
      id: `c${i}`,
      documentId: 'd',
      text: Array.from({ length: 10 + random.below(300) }, (_, w) => `w${w}`).join(i % 2 ? ' ' : '\n\t'),
    }));
    const pairs = await make(passages, { perPassage: { crop: 1 } });
    expect(pairs.length).toBeGreaterThan(290);
    for (const { query, positive, positiveId } of pairs) {
      const text = passages[Number(positiveId.slice(1))]?.text as string;
      expect(text).toContain(query);
      expect(text).toContain(positive);
      const words = new Set(query.split(/\s+/));
      expect(positive.split(/\s+/).some((word) => words.has(word))).toBe(true);
      expect(words.size).toBeGreaterThanOrEqual(5);
      expect(words.size).toBeLessThanOrEqual(Math.max(5, Math.round(text.split(/\s+/).length / 2)));
      expect(query).not.toBe(positive);
    }
    expect(
      await make([{ id: 'x', documentId: 'x', text: 'only nine words are here in this short text' }], {
        perPassage: { crop: 1 },
      }),
    ).toEqual([]);
  });

  it('gives the same passage the same pairs, whatever comes before it', async () => {
    const other = { ...heart, id: 'c2', documentId: 'd2' };
    const both = await make([other, heart]);
    expect(both.filter(({ positiveId }) => positiveId === 'c1')).toEqual(await make([heart]));
    expect(both.map(({ method }) => method).slice(0, 3)).toEqual(['title', 'inverse-cloze', 'crop']);
    expect(await make([heart], { seed: 1 })).not.toEqual(await make([heart]));
  });

  it('refuses options that make no sense, and stops when told to', async () => {
    const wrong = {
      perPassage: { llm: 1, title: -1 },
      inverseCloze: { keepSentence: 2 },
      crop: { least: 0.9 },
    };
    await expect(make([heart], wrong as SynthesizeOptions)).rejects.toThrow(
      /perPassage\.llm: expected one of title, inverse-cloze, crop.*\n.*perPassage\.title.*\n.*keepSentence.*\n.*crop/,
    );
    await expect(make([heart], { signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});

describe('filterPairs', () => {
  const positive = 'the heart pumps blood through all the vessels of the body';

  it('drops what teaches nothing, and says why', () => {
    const sound = { query: 'what pumps blood', positive };
    const { kept, dropped } = filterPairs([
      sound,
      { query: 'Heart', positive },
      { query: 'many words '.repeat(40), positive },
      { query: '12.3 | 4.5 | 6.7 -- a b', positive },
      { query: 'what pumps blood', positive: 'the heart' },
      { query: positive, positive: `The heart pumps blood, through all the vessels of the body!` },
      { query: 'What pumps blood?', positive },
    ]);
    expect(kept).toEqual([sound]);
    expect(dropped).toEqual({
      'query too short': 1,
      'query too long': 1,
      'query mostly symbols': 1,
      'positive too short': 1,
      'positive no more than the query': 1,
      repeated: 1,
    });
  });

  it('drops queries that stand for too many passages', () => {
    const pairs = Array.from({ length: 11 }, (_, i) => ({ query: 'See also', positive: `${positive} ${i}` }));
    expect(filterPairs(pairs)).toEqual({ kept: [], dropped: { 'query of too many positives': 11 } });
    expect(filterPairs(pairs, { positivesPerQuery: 11 }).kept).toEqual(pairs);
  });
});
