import { expect, it } from 'vitest';
import { keep, memory, scope, setNumThreads, tensor, zeros } from '../index.ts';
import { forceCollection } from './collection.fixture.ts';

setNumThreads(1); // test files run side by side

const live = () => memory('thread').liveTensors;

it('frees unreachable tensors that no scope owns', async () => {
  const before = live();
  for (let i = 0; i < 100; i++) zeros([10]).add(1);
  for (let i = 0; i < 100; i++) scope(() => [zeros([10]), { kept: zeros([10]) }]);
  for (let i = 0; i < 100; i++) scope(() => void keep(zeros([10])));
  expect(live() - before).toBe(500);
  await forceCollection();
  expect(live()).toBe(before);
});

it('leaves reachable ones alone', async () => {
  const t = tensor([1, 2]);
  const result = scope(() => t.add(1));
  const kept = scope(() => keep(t.add(2)));
  await forceCollection();
  expect([t.toArray(), result.toArray(), kept.toArray()]).toEqual([
    [1, 2],
    [2, 3],
    [3, 4],
  ]);
});

it('does not free a slot that has a new owner', async () => {
  for (let i = 0; i < 100; i++) zeros([10]).dispose();
  const later = Array.from({ length: 100 }, (_, i) => tensor(i));
  await forceCollection();
  expect(later.map((t) => t.item())).toEqual(later.map((_, i) => i));
});

it('the garbage collector hears of the memory behind handles: a loop that yields stays small', async () => {
  const start = process.memoryUsage().rss;
  for (let i = 0; i < 100; i++) {
    zeros([2_000_000]).add(1);
    if (i % 5 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(process.memoryUsage().rss - start).toBeLessThan(600e6); // 1.6 GB were made, by a few kilobytes of JavaScript objects
});
