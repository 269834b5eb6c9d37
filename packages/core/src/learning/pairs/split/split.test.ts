import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/rng.ts';
import type { CorpusEntry, RetrievalData, Split } from '../types.ts';
import { findLeaks, splitByGroup, splitRetrievalData } from './index.ts';

interface Item {
  readonly id: number;
  readonly group: string;
  readonly text: string;
}

const names: readonly Split[] = ['train', 'dev', 'test'];

function items(count: number, groups: number): Item[] {
  const random = new SeededRandom(1);
  return Array.from({ length: count }, (_, id) => ({
    id,
    group: `g${random.below(groups)}`,
    text: Array.from({ length: 30 }, () => `w${random.below(3000)}`).join(' '),
  }));
}

const splitOf = (parts: Readonly<Record<Split, readonly Item[]>>): Map<number, Split> =>
  new Map(names.flatMap((split) => parts[split].map(({ id }) => [id, split] as const)));

describe('splitByGroup', () => {
  it('puts no group into two splits, loses nothing, and keeps to the shares', () => {
    const all = items(5000, 500);
    const parts = splitByGroup(all, { groupOf: ({ group }) => group, dev: 0.1, test: 0.3 });
    const splitsOf = new Map<string, Set<Split>>();
    for (const split of names)
      for (const { group } of parts[split])
        splitsOf.set(group, (splitsOf.get(group) ?? new Set()).add(split));
    expect([...splitsOf.values()].every(({ size }) => size === 1)).toBe(true);
    expect(splitOf(parts).size).toBe(5000);
    expect(parts.dev.length / 5000).toBeCloseTo(0.1, 1);
    expect(parts.test.length / 5000).toBeCloseTo(0.3, 1);
    for (const split of names) {
      const ids = parts[split].map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((a, b) => a - b));
    }
  });

  it('depends on seed and key alone: new data moves nothing', () => {
    const all = items(1000, 200);
    const options = { groupOf: ({ group }: Item) => group };
    const before = splitOf(splitByGroup(all.slice(0, 500), options));
    const after = splitOf(splitByGroup([...all].reverse(), options));
    for (const [id, split] of before) expect(after.get(id)).toBe(split);
    expect(splitOf(splitByGroup(all, { ...options, seed: 1 }))).not.toEqual(
      splitOf(splitByGroup(all, options)),
    );
  });

  it('joins groups that hold nearly the same text', () => {
    const all = items(600, 300);
    const copies = all
      .slice(0, 200)
      .map(({ id, text }) => ({ id: 1000 + id, group: `copy${id}`, text: `${text} End` }));
    const parts = splitByGroup([...all, ...copies], {
      groupOf: ({ group }) => group,
      textOf: ({ text }) => text,
    });
    const split = splitOf(parts);
    for (let id = 0; id < 200; id++) expect(split.get(1000 + id)).toBe(split.get(id));
    const apart = splitOf(
      splitByGroup([...all, ...copies], {
        groupOf: ({ group }) => group,
        textOf: ({ text }) => text,
        nearDuplicates: false,
      }),
    );
    expect(Array.from({ length: 200 }, (_, id) => apart.get(1000 + id) === apart.get(id))).toContain(false);
  });

  it('leaves no wanted split empty while there are groups for it', () => {
    for (let seed = 0; seed < 50; seed++) {
      const sizes = (groups: number, dev: number, test: number) => {
        const few = Array.from({ length: groups }, (_, i) => i);
        const parts = splitByGroup(few, { groupOf: String, dev, test, seed });
        return [parts.train.length > 0, parts.dev.length > 0, parts.test.length > 0];
      };
      expect(sizes(3, 0.1, 0.1)).toEqual([true, true, true]);
      expect(sizes(4, 0.4, 0.5)).toEqual([true, true, true]);
      expect(sizes(2, 0.1, 0)).toEqual([true, true, false]);
      expect(sizes(1, 0.1, 0.1)).toEqual([true, false, false]);
      expect(sizes(5, 0, 0)).toEqual([true, false, false]);
      expect(sizes(0, 0.1, 0.1)).toEqual([false, false, false]);
    }
  });

  it('refuses shares that leave nothing', () => {
    const split = (options: object) => () => splitByGroup([1], { groupOf: String, ...options });
    expect(split({ dev: 0.5, test: 0.5 })).toThrow('dev + test: expected less than 1');
    expect(split({ dev: -1, test: 2, nearDuplicates: 5 })).toThrow(/dev.*\n.*test.*\n.*nearDuplicates/);
  });
});

function retrievalData(): RetrievalData {
  const random = new SeededRandom(2);
  const corpus = new Map<string, CorpusEntry>();
  const queries = new Map<string, string>();
  const train = new Map<string, ReadonlyMap<string, number>>();
  for (let i = 0; i < 400; i++) {
    const text = Array.from({ length: 20 }, () => `w${random.below(3000)}`).join(' ');
    corpus.set(`d${i}`, { id: `d${i}`, text, metadata: { topic: `t${i % 40}`, year: 2000 + (i % 5) } });
    queries.set(`q${i}`, `query ${i % 380}`); // the last twenty are said again
    train.set(`q${i}`, new Map(Object.entries({ [`d${i}`]: 1, [`d${random.below(400)}`]: i % 3, d0: 0 })));
  }
  return { name: 'made', corpus, queries, judgements: { train } };
}

describe('splitRetrievalData', () => {
  it('leaks neither a relevant document nor a query text', () => {
    const data = splitRetrievalData(retrievalData(), { dev: 0.2, test: 0.3 });
    expect(findLeaks(data)).toEqual([]);
    const counts = names.map((split) => data.judgements[split]?.size ?? 0);
    expect(counts.reduce((sum, count) => sum + count)).toBe(400);
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(data.judgements.train?.values().next().value?.size).toBeGreaterThan(1); // judgements stay whole
  });

  it('keeps a metadata field together', () => {
    const single = retrievalData();
    const judged = new Map([...single.corpus.keys()].map((id) => [`q${id.slice(1)}`, new Map([[id, 1]])]));
    const queries = new Map([...judged.keys()].map((id) => [id, id]));
    const data = splitRetrievalData(
      { ...single, queries, judgements: { train: judged } },
      { by: { metadata: 'topic' }, test: 0.3 },
    );
    const splitsOf = new Map<unknown, Set<Split>>();
    for (const split of names) {
      for (const documents of data.judgements[split]?.values() ?? []) {
        for (const id of documents.keys()) {
          const topic = data.corpus.get(id)?.metadata?.['topic'];
          splitsOf.set(topic, (splitsOf.get(topic) ?? new Set()).add(split));
        }
      }
    }
    expect(splitsOf.size).toBe(40);
    expect([...splitsOf.values()].every(({ size }) => size === 1)).toBe(true);
    expect(() => splitRetrievalData(single, { by: { metadata: 'colour' } })).toThrow(/d1: metadata\.colour/);
  });

  it('carves a dev split out of train and leaves the others alone', () => {
    const { train } = retrievalData().judgements;
    const all = [...(train ?? [])];
    const data = {
      ...retrievalData(),
      judgements: { train: new Map(all.slice(0, 300)), test: new Map(all.slice(300)) },
    };
    const carved = splitRetrievalData(data, { from: ['train'], dev: 0.2, test: 0 });
    expect(carved.judgements.test).toEqual(data.judgements.test);
    expect((carved.judgements.dev?.size ?? 0) + (carved.judgements.train?.size ?? 0)).toBe(300);
    expect(carved.judgements.dev?.size).toBeGreaterThan(10);
    expect(() => splitRetrievalData(data, { from: ['dev'] })).toThrow(
      'expected a dev split, got train, test',
    );
  });
});

describe('findLeaks', () => {
  it('finds what two splits share', () => {
    const data: RetrievalData = {
      name: 'leaky',
      corpus: new Map(),
      queries: new Map(Object.entries({ a: 'What is it?', b: 'what is it', c: 'other' })),
      judgements: {
        train: new Map([['a', new Map([['d1', 1]])]]),
        test: new Map([
          ['b', new Map([['d2', 1]])],
          ['c', new Map(Object.entries({ d1: 2, d2: 0 }))],
        ]),
      },
    };
    expect(findLeaks(data)).toEqual([
      { kind: 'query', what: 'What is it?', splits: ['train', 'test'] },
      { kind: 'document', what: 'd1', splits: ['train', 'test'] },
    ]);
  });
});
