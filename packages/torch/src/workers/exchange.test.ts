import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  memory,
  numThreads,
  type SharedTensor,
  scope,
  setNumThreads,
  Tensor,
  TensorDisposedError,
  tensor,
} from '../index.ts';
import { nextMessage, start } from './start.fixture.ts';

interface Reply {
  readonly answer?: unknown;
  readonly error?: { name: string; message: string };
}

let worker: Worker;
beforeAll(() => {
  worker = start('./exchange.fixture.mjs');
});
afterAll(async () => {
  await worker.terminate();
});

function ask(job: string, ticket?: SharedTensor): Promise<Reply> {
  const reply = nextMessage<Reply>(worker);
  worker.postMessage({ job, ticket });
  return reply;
}

describe('tickets', () => {
  it('carry tensors in both directions', async () => {
    using x = tensor([1, -2, 3]);
    const before = memory();
    const { answer } = await ask('gradient', x.share());
    const gradient = Tensor.adopt(answer as SharedTensor);
    expect(gradient.toArray()).toEqual([2, -4, 6]);
    gradient.dispose();
    expect(memory()).toEqual(before);
  });

  it('share the memory', async () => {
    using x = tensor([1, 2]);
    expect(await ask('increment', x.share())).toEqual({ answer: undefined });
    expect(x.toArray()).toEqual([2, 3]);
  });

  it('give each thread a gradient of its own, which nobody else reads or replaces', async () => {
    using weight = tensor([1, 2], { requiresGrad: true });
    using gradient = tensor([5, 5]);
    weight.grad = gradient;
    let answered = false;
    const reply = ask('train', weight.share()).finally(() => {
      answered = true;
    });
    for (let reads = 0; !answered; reads++) {
      memory('process');
      memory('thread');
      scope(() => expect(weight.grad?.toArray()).toEqual([5, 5]));
      if (reads % 100 === 0) await new Promise((resume) => setImmediate(resume));
    }
    expect(await reply).toEqual({ answer: true });
  });

  it('the number of threads is one for all', async () => {
    const before = numThreads();
    await ask('threads'); // the worker has computed with the old number
    setNumThreads(before + 1);
    expect(await ask('threads')).toEqual({ answer: before + 1 });
    setNumThreads(before);
    expect(await ask('threads')).toEqual({ answer: before });
  });

  it('count where the tensor lives', async () => {
    using x = tensor([1, 2]);
    const here = memory('thread').liveTensors;
    const all = memory('process').liveTensors;
    const { answer: held } = await ask('hold', x.share());
    expect(memory('thread').liveTensors).toBe(here);
    expect(memory('process').liveTensors - all).toBe(2);
    const { answer: left } = await ask('release');
    expect((held as number) - (left as number)).toBe(2);
    expect(memory('process').liveTensors).toBe(all);
  });

  it('are taken once', () => {
    const ticket = tensor([5]).share();
    const x = Tensor.adopt(structuredClone(ticket));
    expect(() => Tensor.adopt(ticket)).toThrow(ArgumentError);
    x.dispose();
    expect(() => Tensor.adopt(ticket)).toThrow(TensorDisposedError);
  });

  it('go to the scope that adopts', () => {
    const ticket = tensor([5]).share();
    let inner: Tensor | undefined;
    const sum = scope(() => {
      inner = Tensor.adopt(ticket);
      return inner.add(1);
    });
    expect(inner?.isDisposed).toBe(true);
    expect(sum.item()).toBe(6);
  });

  it('survive the scope in which they were made', () => {
    const ticket = scope(() => tensor([7]).share());
    expect(Tensor.adopt(ticket).item()).toBe(7);
  });

  it('cannot be made up, nor come from another process', async () => {
    const x = tensor([1]);
    const made = { kind: 'ragwright-tensor', pid: process.pid, handle: x.handle } as const;
    expect(() => Tensor.adopt(made)).toThrow(ArgumentError);
    expect(() => Tensor.adopt({ ...made, handle: 123456 })).toThrow(TensorDisposedError);
    for (const bad of [null, undefined, 5, 'ticket', {}, x, { ...made, pid: 1 }, { ...made, handle: 'x' }]) {
      expect(() => Tensor.adopt(bad as never)).toThrow(ArgumentError);
    }
  });

  it('are needed: a Tensor itself cannot be posted', async () => {
    expect(() => worker.postMessage(tensor([1]))).toThrow(/post tensor\.share\(\)/);
    expect((await ask('postItself')).error).toMatchObject({ name: 'DataCloneError' });
  });

  it('that reach a worker twice are refused there', async () => {
    const ticket = tensor([1]).share();
    await ask('increment', ticket);
    expect((await ask('increment', ticket)).error).toMatchObject({ name: 'TensorDisposedError' });
  });
});
