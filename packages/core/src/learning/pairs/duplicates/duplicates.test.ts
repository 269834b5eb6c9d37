import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../base/rng.ts';
import { nearDuplicateGroups, normalizeText, removeNearDuplicates, UnionFind } from './index.ts';
import { jaccard, minHash, shingles, signatureSize } from './minHash.ts';

/** A text of random words. */
function randomText(random: SeededRandom, words: number): string[] {
  return Array.from({ length: words }, () => `w${random.below(5000)}`);
}

describe('near-duplicates', () => {
  it('are texts equal but for case, width, punctuation and spaces', () => {
    const texts = [
      'The Heart, pumps  blood.',
      'something else',
      'the heart pumps blood',
      'ｔｈｅ heart pumps blood!',
    ];
    expect([...nearDuplicateGroups(texts, { threshold: 1 })]).toEqual([0, 1, 0, 0]);
    expect(normalizeText('Größe: 3½ km — 心臓')).toBe('größe 31 2 km 心 臓');
  });

  it('are texts of which a few words differ', () => {
    const random = new SeededRandom(1);
    const text = randomText(random, 200);
    const changed = [...text];
    changed[50] = 'changed';
    const texts = [text, randomText(random, 200), changed, [...text, 'and', 'more'], text.slice(0, 100)];
    expect([...nearDuplicateGroups(texts.map((words) => words.join(' ')))]).toEqual([0, 1, 0, 0, 4]);
  });

  it('are closed: what is like a member is a member', () => {
    const random = new SeededRandom(2);
    const text = randomText(random, 300);
    const chain = Array.from({ length: 8 }, (_, i) => text.slice(10 * i, 220 + 10 * i).join(' '));
    expect(new Set(nearDuplicateGroups(chain)).size).toBe(1);
  });

  it('do not include texts of symbols alone, nor empty ones, unless they are equal', () => {
    expect([...nearDuplicateGroups(['!!', '??', '!!', '', ' '])]).toEqual([0, 1, 0, 3, 3]);
    expect([...nearDuplicateGroups([])]).toEqual([]);
  });

  it('work where words are not parted by spaces', () => {
    const text = '心臓は血液を全身に送り出す筋肉の器官であり、胸の中央にある。毎分約七十回拍動する。';
    expect([...nearDuplicateGroups([text, `${text}また`, '肺は空気から酸素を取り込む'])]).toEqual([0, 0, 2]);
  });

  it('keep the first, in order', () => {
    const items = ['b c d', 'a b c', 'B, c d', 'A b c'].map((text, id) => ({ id, text }));
    const { kept, removed } = removeNearDuplicates(items, ({ text }) => text);
    expect(kept.map(({ id }) => id)).toEqual([0, 1]);
    expect(removed).toBe(2);
  });

  it('are all found, and nothing else, among 20,000 texts in seconds', () => {
    const random = new SeededRandom(3);
    const texts = Array.from({ length: 20_000 }, () => randomText(random, 60));
    for (let i = 0; i < 1000; i++) {
      const copy = [...(texts[i] as string[])];
      copy[random.below(60)] = 'changed';
      texts.push(copy);
    }
    const started = performance.now();
    const groups = nearDuplicateGroups(texts.map((words) => words.join(' ')));
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(groups.reduce((count, first, i) => count + (first === i ? 0 : 1), 0)).toBe(1000);
    for (let i = 0; i < 1000; i++) expect(groups[20_000 + i]).toBe(i);
  });

  it('cost no square where a thousand texts are the same', () => {
    const boilerplate = randomText(new SeededRandom(4), 100).join(' ');
    const texts = Array.from({ length: 3000 }, (_, i) => `${boilerplate} number${i}`);
    const started = performance.now();
    expect(new Set(nearDuplicateGroups(texts)).size).toBe(1);
    expect(performance.now() - started).toBeLessThan(10_000);
  });
});

describe('MinHash', () => {
  it('agrees in as many bins as the sets share', () => {
    const random = new SeededRandom(5);
    let error = 0;
    for (const share of [0.2, 0.5, 0.8, 0.95]) {
      let estimate = 0;
      let truth = 0;
      for (let i = 0; i < 20; i++) {
        const words = randomText(random, 400);
        const cut = Math.round((400 * (1 - share)) / 2);
        const [a, b] = [shingles(words.slice(cut).join(' ')), shingles(words.slice(0, 400 - cut).join(' '))];
        const [x, y] = [minHash(a), minHash(b)];
        estimate += x.reduce((equal, bin, j) => equal + (bin === y[j] ? 1 : 0), 0) / signatureSize / 20;
        truth += jaccard(a, b) / 20;
      }
      error = Math.max(error, Math.abs(estimate - truth));
    }
    expect(error).toBeLessThan(0.03);
  });

  it('knows Jaccard', () => {
    const set = (...values: number[]) => Uint32Array.from(values);
    expect(jaccard(set(1, 2, 3), set(2, 3, 4))).toBe(0.5);
    expect(jaccard(set(), set())).toBe(1);
    expect(jaccard(set(1), set())).toBe(0);
  });
});

describe('UnionFind', () => {
  it('names a set after its least item', () => {
    const sets = new UnionFind(5);
    sets.union(4, 2);
    sets.union(3, 4);
    sets.union(2, 1);
    expect([0, 1, 2, 3, 4].map((item) => sets.find(item))).toEqual([0, 1, 1, 1, 1]);
  });
});
