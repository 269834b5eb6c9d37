import { describe, expect, it } from 'vitest';
import '../vitest/index.ts';
import { ArgumentError, backward, GradientError, grad, ShapeError, tensor } from '../index.ts';

const leaf = (data: number[]) => tensor(data, { requiresGrad: true });

describe('backward', () => {
  it('accumulates in the leaves', () => {
    const x = leaf([1, 2]);
    backward(x.mul(x).sum());
    backward(x.mul(3).sum());
    expect(x.grad?.toArray()).toEqual([5, 7]);
  });

  it('takes a gradient for roots of several elements', () => {
    const x = leaf([1, 2]);
    const remedy = /only for scalar outputs; reduce it with mean\(\) or sum\(\), or pass { gradient }/;
    expect(() => backward(x.mul(2))).toThrow(remedy);
    expect(() => x.mul(2).backward()).toThrow(GradientError);
    expect(() => grad(x.mul(2), x)).toThrow(/or pass { gradOutputs }/);
    backward(x.mul(2), { gradient: tensor([1, 10]) });
    x.mul(2).backward({ gradient: tensor([1, 10]) });
    expect(x.grad?.toArray()).toEqual([4, 40]);
  });

  it('takes several roots', () => {
    const x = leaf([1, 2]);
    backward([x.sum(), x.mul(2)], { gradient: [null, tensor([1, 10])] });
    expect(x.grad?.toArray()).toEqual([3, 21]);
  });

  it('frees the graph unless told not to', () => {
    const x = leaf([3]);
    const kept = x.mul(x).sum();
    kept.backward({ retainGraph: true });
    kept.backward();
    expect(() => kept.backward()).toThrow(GradientError);
    expect(x.grad?.toArray()).toEqual([12]);
  });

  it('explains a root without a graph', () => {
    expect(() => tensor(1).backward()).toThrow(GradientError);
    expect(() => backward(tensor(1))).toThrow(/does not require grad/);
  });

  it('refuses bad arguments', () => {
    const x = leaf([1, 2]);
    expect(() => backward(null as never)).toThrow(ArgumentError);
    expect(() => backward([null] as never)).toThrow(ArgumentError);
    expect(() => backward([5] as never)).toThrow(ArgumentError);
    expect(() => backward([])).not.toThrow();
    expect(() => backward(x.mul(2), { gradient: 5 as never })).toThrow(ArgumentError);
    expect(() => backward(x.mul(2), { gradient: [] })).toThrow(ArgumentError);
    expect(() => backward(x.mul(2), { gradient: tensor([1, 2, 3]) })).toThrow(ShapeError);
    expect(() => backward(x.sum(), { retainGraph: 'yes' as never })).toThrow(ArgumentError);
    expect(() => backward(x.sum(), null as never)).not.toThrow();
  });

  it('leaks nothing but the gradient', () => {
    const x = leaf([1, 2]);
    x.sum().backward();
    expect(() => {
      using loss = x.sum();
      loss.backward();
    }).toLeakNothing();
  });
});

describe('grad', () => {
  it('gives derivatives without touching the leaves', () => {
    const x = leaf([2, 3]);
    const y = leaf([5, 7]);
    const [dx, dy] = grad(x.mul(y).sum(), [x, y]);
    expect(dx?.toArray()).toEqual([5, 7]);
    expect(dy?.toArray()).toEqual([2, 3]);
    expect(x.grad).toBeNull();
  });

  it('gives higher derivatives', () => {
    const x = leaf([2]);
    const [first] = grad(x.pow(3).sum(), x, { createGraph: true });
    expect(first?.toArray()).toEqual([12]);
    const [second] = grad(first?.sum() as never, x);
    expect(second?.toArray()).toEqual([12]);
  });

  it('gives null for an unused input if allowed', () => {
    const x = leaf([1]);
    const unused = leaf([1]);
    expect(() => grad(x.mul(2).sum(), [x, unused])).toThrow(GradientError);
    const [, none] = grad(x.mul(2).sum(), [x, unused], { allowUnused: true });
    expect(none).toBeNull();
  });

  it('refuses bad arguments', () => {
    const x = leaf([1]);
    expect(() => grad([], [])).toThrow(ArgumentError);
    expect(() => grad(x.sum(), 3 as never)).toThrow(ArgumentError);
    expect(() => grad(tensor(1), tensor(1))).toThrow(GradientError);
    expect(() => grad(x.sum(), x, { gradOutputs: [null, null] })).toThrow(ArgumentError);
  });
});
