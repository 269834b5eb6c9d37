import { expect, it } from 'vitest';
import type { Qrels } from '../../../evaluation/index.ts';
import { knownAnswers } from './knownAnswers.ts';

const qrels = (rows: Record<string, Record<string, number>>): Qrels =>
  new Map(Object.entries(rows).map(([id, grades]) => [id, new Map(Object.entries(grades))]));

it('adds what other parts know of a training query, and nothing of other queries', () => {
  const train = qrels({ a: { d1: 1, d2: 0 }, b: { d3: 2 } });
  const dev = qrels({ a: { d2: 1 } });
  const test = qrels({ a: { d1: 0, d4: 1 }, c: { d5: 1 } });
  const known = knownAnswers({ judgements: { train, dev, test } });
  expect(known).toEqual(qrels({ a: { d1: 1, d2: 1, d4: 1 }, b: { d3: 2 } }));
  expect(train).toEqual(qrels({ a: { d1: 1, d2: 0 }, b: { d3: 2 } }));
});
