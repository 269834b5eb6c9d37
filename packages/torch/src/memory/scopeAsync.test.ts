import { setImmediate as immediate, setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import { ArgumentError, keep, memory, scope, scopeAsync, type Tensor, tensor, zeros } from '../index.ts';

const live = () => memory('thread').liveTensors;

describe('scopeAsync', () => {
  it('frees what is made before and after awaits, and passes the result on', async () => {
    const made: Tensor[] = [];
    const before = live();
    const result = await scopeAsync(async () => {
      made.push(tensor(1));
      await immediate();
      made.push(tensor(2));
      await sleep(1);
      made.push(tensor(3));
      return { loss: made[0]?.add(5) as Tensor };
    });
    expect(made.map((t) => t.isDisposed)).toEqual([true, true, true]);
    expect(result.loss.item()).toBe(6);
    expect(live() - before).toBe(1);
    result.loss.dispose();
  });

  it('keeps interleaved scopes apart', async () => {
    const work = async (value: number, pauses: number) =>
      scopeAsync(async () => {
        let sum = tensor(value);
        for (let i = 0; i < pauses; i++) {
          await (i % 2 ? immediate() : sleep(1));
          sum = sum.add(value);
        }
        zeros([100]);
        return sum;
      });
    const before = live();
    const results = await Promise.all([work(1, 3), work(10, 8), work(100, 1), work(1000, 5)]);
    expect(results.map((t) => t.item())).toEqual([4, 90, 200, 6000]);
    expect(live() - before).toBe(4);
    for (const t of results) t.dispose();
  });

  it('does not take what is made outside meanwhile', async () => {
    let inside: Tensor | undefined;
    const running = scopeAsync(async () => {
      inside = tensor(1);
      await sleep(5);
    });
    const outside = tensor(2);
    const fromScope = scope(() => tensor(3).add(1));
    await running;
    expect(inside?.isDisposed).toBe(true);
    expect(outside.item()).toBe(2);
    expect(fromScope.item()).toBe(4);
    outside.dispose();
    fromScope.dispose();
  });

  it('holds synchronous scopes inside: their results pass to it', async () => {
    let passed: Tensor | undefined;
    let freed: Tensor | undefined;
    await scopeAsync(async () => {
      await immediate();
      passed = scope(() => {
        freed = tensor(1);
        return freed.add(1);
      });
      expect(freed?.isDisposed).toBe(true);
      await immediate();
      expect(passed.item()).toBe(2);
    });
    expect(passed?.isDisposed).toBe(true);
  });

  it('nests: results pass to the asynchronous scope around', async () => {
    let middle: Tensor | undefined;
    const before = live();
    await scopeAsync(async () => {
      middle = await scopeAsync(async () => {
        await immediate();
        return tensor(1);
      });
      expect(live() - before).toBe(1);
      expect(middle.item()).toBe(1);
    });
    expect(middle?.isDisposed).toBe(true);
    expect(live()).toBe(before);
  });

  it('started inside a synchronous scope, outlives it', async () => {
    let early: Tensor | undefined;
    let owned: Tensor | undefined;
    let running: Promise<Tensor> | undefined;
    scope(() => {
      running = scopeAsync(async () => {
        early = tensor(1); // still on the synchronous scope's stack
        scope(() => tensor(7));
        await immediate();
        return early.add(1);
      });
      owned = tensor(5); // back in the synchronous scope
    });
    expect(owned?.isDisposed).toBe(true);
    expect(early?.isDisposed).toBe(false);
    const result = await (running as Promise<Tensor>);
    expect(early?.isDisposed).toBe(true);
    expect(result.item()).toBe(2);
    result.dispose();
  });

  it('frees all when it fails, before or after an await', async () => {
    await expect(async () => {
      await expect(
        scopeAsync(async () => {
          tensor(1);
          await immediate();
          scope(() => tensor(2));
          tensor(3);
          throw new RangeError('mine');
        }),
      ).rejects.toThrow('mine');
      await expect(
        scopeAsync(() => {
          tensor(1);
          throw new RangeError('mine');
        }),
      ).rejects.toThrow('mine');
    }).toLeakNothing();
  });

  it('allows early dispose, keep and synchronous callbacks', async () => {
    const kept = await scopeAsync(() => {
      tensor(1).dispose();
      return { value: keep(tensor(2)).add(0).item() };
    });
    expect(kept.value).toBe(2);
    let out: Tensor | undefined;
    await scopeAsync(async () => {
      out = keep(tensor(3));
      await immediate();
    });
    expect(out?.item()).toBe(3);
    out?.dispose();
  });

  it('gives what forgotten work makes later to the scope around', async () => {
    let late: Tensor | undefined;
    let forgotten: Promise<void> | undefined;
    await scopeAsync(async () => {
      await scopeAsync(async () => {
        forgotten = (async () => {
          await sleep(5);
          late = tensor(1);
        })();
      });
      await forgotten;
      expect(late?.isDisposed).toBe(false);
    });
    expect(late?.isDisposed).toBe(true);
  });

  it('needs a function', async () => {
    await expect(scopeAsync(undefined as never)).rejects.toThrow(ArgumentError);
  });
});
