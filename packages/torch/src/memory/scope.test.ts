import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import {
  ArgumentError,
  heldTensors,
  keep,
  memory,
  noGrad,
  ScopeError,
  scope,
  type Tensor,
  tensor,
  zeros,
} from '../index.ts';
import { pack } from '../nn/index.ts';

const live = () => memory('thread').liveTensors;

describe('scope', () => {
  it('frees what is made inside and passes the result on', () => {
    let inner: Tensor | undefined;
    const before = live();
    const sum = scope(() => {
      inner = tensor([1, 2]).mul(2);
      return inner.sum();
    });
    expect(inner?.isDisposed).toBe(true);
    expect(sum.item()).toBe(6);
    expect(live() - before).toBe(1);
    sum.dispose();
    expect(live()).toBe(before);
  });

  it.each([
    ['an array', (t: Tensor) => [1, [t]]],
    ['an object', (t: Tensor) => ({ a: { b: t }, c: 'text', d: null })],
    ['a Map', (t: Tensor) => new Map([['key', [t]]])],
    ['the keys of a Map', (t: Tensor) => new Map([[t, 1]])],
    ['a Set', (t: Tensor) => new Set([t])],
    ['an object without prototype', (t: Tensor) => Object.assign(Object.create(null), { t })],
  ])('finds results in %s', (_, pack) => {
    let made: Tensor | undefined;
    scope(() => {
      made = zeros([2]);
      zeros([3]);
      return pack(made);
    });
    expect(made?.toArray()).toEqual([0, 0]);
    made?.dispose();
  });

  it('finds results in cycles and at any depth', () => {
    const cycle: { self?: unknown; t?: Tensor } = {};
    cycle.self = [cycle];
    scope(() => {
      cycle.t = tensor(1);
      return cycle;
    });
    expect(cycle.t?.item()).toBe(1);
    const bottom: unknown[] = [];
    let nested = bottom;
    for (let i = 0; i < 1e5; i++) nested = [nested];
    const t = scope(() => {
      const made = tensor(2);
      bottom.push(made);
      return { nested, made };
    }).made;
    expect(t.item()).toBe(2);
  });

  it('does not search other class instances', () => {
    class Output {
      loss = tensor(1);
    }
    const output = scope(() => new Output());
    expect(output.loss.isDisposed).toBe(true);
  });

  it('leaves tensors of outside alone', () => {
    const outer = tensor([1]);
    expect(scope(() => [outer, outer.add(1)][0])).toBe(outer);
    expect(outer.item()).toBe(1);
  });

  it('nests: results pass to the scope around', () => {
    let middle: Tensor | undefined;
    const total = scope(() => {
      const before = live();
      middle = scope(() => {
        zeros([10]);
        return scope(() => tensor([1, 2]).mul(3));
      });
      expect(live() - before).toBe(1);
      return middle.sum();
    });
    expect(middle?.isDisposed).toBe(true);
    expect(total.item()).toBe(9);
    total.dispose();
  });

  it('frees all when the callback throws, and stays usable', () => {
    let inner: Tensor | undefined;
    const failing = () =>
      scope(() => {
        inner = tensor([1]);
        scope(() => {
          tensor([2]);
          throw new RangeError('mine');
        });
      });
    expect(() => expect(failing).toThrow(new RangeError('mine'))).toLeakNothing();
    expect(inner?.isDisposed).toBe(true);
    expect(() => scope(() => void tensor(1))).toLeakNothing();
  });

  it('frees all when a getter of the result throws', () => {
    const result = Object.defineProperty({}, 'bad', {
      enumerable: true,
      get() {
        throw new RangeError('mine');
      },
    });
    expect(() => expect(() => scope(() => [tensor(1), result])).toThrow('mine')).toLeakNothing();
  });

  it('refuses promises and closes all the same', async () => {
    let inner: Tensor | undefined;
    const block = () =>
      scope(async () => {
        inner = tensor(1);
        throw new Error('must not become an unhandled rejection');
      });
    expect(block).toThrow(ScopeError);
    expect(block).toThrow(/scopeAsync/);
    expect(inner?.isDisposed).toBe(true);
    // biome-ignore lint/suspicious/noThenProperty: a thenable is what is tested.
    expect(() => scope(() => ({ then() {} }))).toThrow(ScopeError);
    await new Promise((resolve) => setImmediate(resolve));
  });

  it('needs a function', () => {
    expect(() => scope(null as never)).toThrow(ArgumentError);
  });

  it('allows disposing early, twice, and of a result', () => {
    expect(() => {
      const gone = scope(() => {
        const t = tensor(1);
        tensor(2).dispose();
        t.dispose();
        return t;
      });
      expect(gone.isDisposed).toBe(true);
    }).toLeakNothing();
  });

  it('does not free the graph of a result, nor gradients', () => {
    using weight = tensor([2, 3], { requiresGrad: true });
    const loss = scope(() => weight.mul(weight).sum());
    loss.backward();
    expect(weight.grad?.toArray()).toEqual([4, 6]);
    loss.dispose();
    scope(() => weight.mul(5).sum().backward());
    expect(weight.grad?.toArray()).toEqual([9, 11]);
    noGrad(() => scope(() => weight.add_(1)));
    expect(weight.toArray()).toEqual([3, 4]);
  });
});

describe('keep', () => {
  it('takes a tensor out of all scopes', () => {
    let kept: Tensor | undefined;
    scope(() => {
      scope(() => {
        kept = keep(tensor([1, 2]));
      });
      expect(kept?.isDisposed).toBe(false);
    });
    expect(kept?.toArray()).toEqual([1, 2]);
    kept?.dispose();
  });

  it('takes those in a structure, and outside of scopes changes nothing', () => {
    const { a, b } = scope(() => keep({ a: tensor(1), b: [tensor(2)] }));
    expect([a.item(), b[0]?.item()]).toEqual([1, 2]);
    expect(keep(a)).toBe(a);
    expect(() => {
      a.dispose();
      keep(tensor(1)).dispose();
    }).toLeakNothing();
  });
});

it('an object that lists its tensors may be returned', () => {
  class Pair {
    readonly left = zeros([1]);
    readonly right = zeros([2]);
    readonly unlisted = zeros([3]);
    get [heldTensors]() {
      return [this.left, this.right];
    }
  }
  const pair = scope(() => new Pair());
  expect([pair.left.isDisposed, pair.right.isDisposed, pair.unlisted.isDisposed]).toEqual([
    false,
    false,
    true,
  ]);
  using batch = scope(() => pack([[1, 2], [3]]));
  expect(batch.tokens.toArray()).toEqual([1, 2, 3]);
});

describe('memory', () => {
  it('counts tensors and the bytes of distinct storages', () => {
    const before = memory();
    const t = zeros([1000]);
    const view = t.view([10, 100]);
    expect(memory().liveTensors - before.liveTensors).toBe(2);
    expect(memory().bytes - before.bytes).toBe(4000);
    expect(memory('thread')).toEqual(memory('process'));
    t.dispose();
    expect(memory().bytes - before.bytes, 'the view holds the storage').toBe(4000);
    view.dispose();
    expect(memory()).toEqual(before);
  });

  it('counts gradients', () => {
    using t = zeros([1000]).requiresGrad_();
    const before = memory();
    scope(() => t.sum().backward());
    expect(memory().bytes - before.bytes).toBe(4000);
    expect(memory().liveTensors).toBe(before.liveTensors);
  });

  it('refuses other words', () => {
    expect(() => memory('all' as 'process')).toThrow(ArgumentError);
  });
});
