import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import { wordEmbedder } from '../../../knowledge/embedder.fixture.ts';
import type { LabelledList, RetrievalData } from '../types.ts';
import { listsFromJudgements, listsFromPairs, type MinedLists, mineLists } from './index.ts';
import type { ListMiningTask } from './mineLists.ts';

describe('listsFromPairs', () => {
  it('gathers pairs and triples of a query; what is known to answer beats what was mined', () => {
    const lists = listsFromPairs([
      {
        query: 'q',
        positive: 'a',
        negatives: ['b', 'x'],
        queryId: '1',
        positiveId: 'A',
        negativeIds: ['B', 'X'],
      },
      { query: 'other', positive: 'x' },
      { query: 'q', positive: 'b', negatives: ['y'], queryId: '1', positiveId: 'B', negativeIds: ['Y'] },
    ]);
    expect(lists).toEqual([
      {
        query: 'q',
        queryId: '1',
        documents: ['a', 'b', 'x', 'y'],
        labels: [1, 1, 0, 0],
        documentIds: ['A', 'B', 'X', 'Y'],
      },
      { query: 'other', documents: ['x'], labels: [1] },
    ]);
  });

  it("takes a teacher's scores, and the label of a scored pair", () => {
    const lists = listsFromPairs([
      { query: 'q', positive: 'a', negatives: ['b'], scores: [7.5, -2] },
      { query: 'r', positive: 'c', scores: [0] },
      { query: 'r', positive: 'd', scores: [1] },
    ]);
    expect(lists.map(({ documents, labels }) => [documents, labels])).toEqual([
      [
        ['a', 'b'],
        [7.5, -2],
      ],
      [
        ['c', 'd'],
        [0, 1],
      ],
    ]);
    expect(listsFromPairs([])).toEqual([]);
  });
});

describe('listsFromJudgements', () => {
  it('keeps grades, and zeros that somebody judged', () => {
    const data: RetrievalData = {
      name: 'tiny',
      corpus: new Map([
        ['d1', { id: 'd1', title: 'Heart', text: 'pumps' }],
        ['d2', { id: 'd2', text: 'lung' }],
      ]),
      queries: new Map([['q', 'what pumps']]),
      judgements: { train: new Map([['q', new Map(Object.entries({ d1: 3, d2: 0 }))]]) },
    };
    expect(listsFromJudgements(data, 'train')).toEqual([
      {
        query: 'what pumps',
        queryId: 'q',
        documents: ['Heart pumps', 'lung'],
        documentIds: ['d1', 'd2'],
        labels: [3, 0],
      },
    ]);
    expect(() => listsFromJudgements(data, 'dev')).toThrow('dev split');
  });
});

describe('mineLists', () => {
  const words = ['heart', 'lung', 'liver', 'skin', 'bone', 'brain', 'knee', 'ear'];
  const corpus = words.flatMap((word) =>
    [1, 2, 3].map((n) => ({ id: `${word}${n}`, text: `the ${word} number ${n} ${word}` })),
  );
  const texts = new Map(corpus.map(({ id, text }) => [id, text]));
  const list: LabelledList = {
    query: 'the heart number',
    queryId: 'q1',
    documents: [texts.get('heart1') as string],
    documentIds: ['heart1'],
    labels: [1],
  };
  const source = { embedder: wordEmbedder('words', 4099), corpus: texts };

  async function mined(task: Partial<ListMiningTask>): Promise<MinedLists> {
    const events = mineLists({ lists: [list], source, corpus, ...task });
    for (;;) {
      const next = await events.next();
      if (next.done) return next.value;
    }
  }

  it('takes what the retriever takes for answers, from the ranks asked for, and some at random', async () => {
    const { lists, ...counts } = await mined({ settings: { ranges: [{ to: 2, negatives: 2 }], random: 3 } });
    const [{ documents, labels, documentIds = [] } = list] = lists;
    expect(counts).toMatchObject({ mined: 2, random: 3, filled: 0 });
    expect(labels).toEqual([1, 0, 0, 0, 0, 0]);
    expect(new Set(documentIds).size).toBe(6);
    expect(new Set(documents).size).toBe(6);
    // the other texts about hearts share most words with the query
    expect(documentIds.slice(1, 3).sort()).toEqual(['heart2', 'heart3']);
    const far = await mined({ settings: { ranges: [{ from: 2, to: 6, negatives: 2 }], random: 0 } });
    expect(far.lists[0]?.documentIds?.some((id) => /heart[23]/.test(id))).toBe(false);
  });

  it('never takes a known answer, mined or at random', async () => {
    const known = new Map([['q1', new Map(corpus.map(({ id }) => [id, id.startsWith('ear') ? 0 : 1]))]]);
    const { lists } = await mined({
      knownPositives: known,
      settings: { ranges: [{ to: 20, negatives: 2 }], random: 5 },
    });
    expect(lists[0]?.documentIds?.slice(1).every((id) => id.startsWith('ear'))).toBe(true);
    expect(lists[0]?.documents).toHaveLength(4); // the three that are left, each once
  });

  it('a margin, or a teacher, leaves out what may be an unjudged answer', async () => {
    const settings = { ranges: [{ to: 2, negatives: 2 }], random: 0, relativeMargin: 0.05 };
    const teacher = async (pairs: readonly (readonly [string, string])[]) =>
      pairs.map(([, text]) => (text.includes('heart') ? 1 : 0.1));
    const { lists } = await mined({ teacher, settings });
    expect(lists[0]?.documentIds?.slice(1).some((id) => id.startsWith('heart'))).toBe(false);
    const byDefault = await mined({ teacher, settings: { ...settings, relativeMargin: undefined } });
    expect(byDefault.lists).toEqual(lists); // a teacher without a bound is no ornament
    const without = await mined({ settings: { ...settings, relativeMargin: undefined } });
    expect(without.lists[0]?.documentIds?.slice(1).sort()).toEqual(['heart2', 'heart3']);
  });

  it('what a margin rejects leaves no gap: deeper candidates move up', async () => {
    const teacher = async (pairs: readonly (readonly [string, string])[]) =>
      pairs.map(([, text]) => (text.includes('heart') ? 1 : 0.1));
    const settings = { ranges: [{ to: 2, negatives: 2 }], random: 0, relativeMargin: 0.05 };
    const { mined: found, filled } = await mined({ teacher, settings });
    expect({ found, filled }).toEqual({ found: 2, filled: 0 });
  });

  it('fills up at random where a range has too few, and says so', async () => {
    const { lists, filled, random } = await mined({
      settings: { ranges: [{ to: 4, negatives: 4 }], random: 0, maxScore: -1 },
    });
    expect({ filled, random, documents: lists[0]?.documents.length }).toEqual({
      filled: 1,
      random: 4,
      documents: 5,
    });
  });

  it('leaves a list without a positive with random negatives only; an empty corpus adds none', async () => {
    const nothing = { ...list, labels: [0] };
    const { lists } = await mined({
      lists: [nothing],
      settings: { ranges: [{ to: 2, negatives: 1 }], random: 0 },
    });
    expect(lists[0]?.labels).toEqual([0, 0]);
    const alone = await mined({ corpus: [], settings: { ranges: [], random: 2 } });
    expect(alone.lists).toEqual([list]);
    expect((await mined({ lists: [] })).lists).toEqual([]);
  });

  it('is the same for the same seed, and refuses bad settings', async () => {
    const settings = { ranges: [{ to: 10, negatives: 3 }], random: 2, seed: 5 };
    expect((await mined({ settings })).lists).toEqual((await mined({ settings })).lists);
    expect((await mined({ settings: { ...settings, seed: 6 } })).lists).not.toEqual(
      (await mined({ settings })).lists,
    );
    await expect(mined({ settings: { ranges: [{ from: 3, to: 4, negatives: 2 }] } })).rejects.toThrow(
      ConfigError,
    );
    await expect(mined({ signal: AbortSignal.abort() })).rejects.toThrow('aborted');
  });
});
