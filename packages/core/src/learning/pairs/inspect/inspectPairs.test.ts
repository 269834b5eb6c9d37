import { describe, expect, it } from 'vitest';
import { inspectPairs } from './index.ts';

describe('inspectPairs', () => {
  const pairs = [
    { query: 'one two', positive: 'a b c', negatives: ['d', 'e f'] },
    { query: 'one two', positive: 'g', negatives: ['a b c', 'h'] },
    { query: 'one two', positive: 'a b c', negatives: ['d', 'e f'] },
    { query: 'Same', positive: 'same!', negatives: ['x', 'y'], scores: [1, 0, 0] },
    { query: 'three', positive: 'A, b c', negatives: ['x', 'y'] },
  ];

  it('counts, measures and finds mistakes', () => {
    expect(inspectPairs(pairs, { samples: 2 })).toMatchObject({
      rows: 5,
      queries: 3,
      positives: 4,
      negativesPerRow: { min: 2, mean: 2, max: 2 },
      scored: 1,
      queryWords: { min: 1, median: 2, mean: 1.6, max: 2 },
      positiveWords: { min: 1, max: 3 },
      negativeWords: { min: 1, max: 3, mean: 1.4 },
      problems: { repeatedRows: 1, falseNegatives: 1, queryIsPositive: 1, nearDuplicatePositives: 1 },
    });
  });

  it('draws its samples by seed', () => {
    const draw = (seed: number) => inspectPairs(pairs, { samples: 3, seed }).samples;
    expect(draw(1)).toHaveLength(3);
    expect(draw(1)).toEqual(draw(1));
    expect(inspectPairs(pairs, { samples: 99 }).samples).toHaveLength(5);
  });

  it('bears nothing, and pairs without negatives', () => {
    expect(inspectPairs([])).toMatchObject({ rows: 0, queryWords: { mean: 0 }, samples: [] });
    const bare = inspectPairs([{ query: 'q', positive: 'p' }], { nearDuplicates: false });
    expect(bare).not.toHaveProperty('negativeWords');
    expect(bare.problems).not.toHaveProperty('nearDuplicatePositives');
  });
});
