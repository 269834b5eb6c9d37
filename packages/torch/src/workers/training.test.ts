import { setTimeout as sleep } from 'node:timers/promises';
import type { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { memory, scope, tensor } from '../index.ts';
import { exitOf, nextMessage, start } from './start.fixture.ts';

interface Trained {
  readonly first: number;
  readonly last: number;
  readonly live: number;
}

const train = (steps: number, seed: number) => start('./train.fixture.mjs', { steps, seed });

async function result(worker: Worker): Promise<Trained> {
  await nextMessage(worker); // started
  return nextMessage<Trained>(worker);
}

it('several workers train at once, and leave nothing', async () => {
  const before = memory('process');
  const workers = [1, 2, 3, 4].map((seed) => train(30, seed));
  const exits = workers.map(exitOf);
  const results = await Promise.all(workers.map(result));
  expect(await Promise.all(exits)).toEqual([0, 0, 0, 0]);
  for (const { first, last, live } of results) {
    expect(last).toBeLessThan(first);
    expect(live).toBe(3);
  }
  expect(memory('process')).toEqual(before);
});

it('the event loop of the main thread stays alive meanwhile', async () => {
  const worker = train(100, 1);
  const exit = exitOf(worker);
  await nextMessage(worker);
  const start = performance.now();
  let ticks = 0;
  let longest = 0;
  let previous = start;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - previous);
    previous = now;
    ticks++;
  }, 5);
  const { last } = await nextMessage<Trained>(worker);
  const elapsed = performance.now() - start;
  clearInterval(timer);
  await exit;
  expect(Number.isFinite(last)).toBe(true);
  expect(ticks, `${ticks} ticks in ${elapsed} ms`).toBeGreaterThan(elapsed / 100);
  expect(longest).toBeLessThan(Math.max(500, elapsed / 2));
});

it('a worker terminated in the middle leaks nothing and hurts nobody', async () => {
  const before = memory('process');
  for (let seed = 0; seed < 4; seed++) {
    const worker = train(1e9, seed);
    await nextMessage(worker);
    await sleep(20 + 15 * seed);
    expect(memory('process').liveTensors).toBeGreaterThan(before.liveTensors);
    await worker.terminate();
    expect(memory('process')).toEqual(before);
    expect(scope(() => tensor([1, 2]).add(1).toArray())).toEqual([2, 3]);
  }
});
