import { describe, expect, test } from 'vitest';
import { ArgumentError, TensorDisposedError } from '../errors.ts';
import { backward, fromTypedArray, memory, ones, scope, type Tensor, tensor, zeros } from '../index.ts';
import { Dropout } from './dropout.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { LayerNorm } from './norm.ts';
import { buffer, parameter } from './parameter.ts';
import { StateDictError } from './stateDict.ts';

class Block extends Module {
  readonly dense = new Linear(2, 2);
  readonly output = { LayerNorm: new LayerNorm(2), dropout: new Dropout(0.5) };
  readonly config = { hidden: 2, names: ['a'] };
}

class Net extends Module {
  readonly layer = [new Block(), new Block()];
  readonly scale = parameter(ones([2]));
  readonly table = buffer(tensor([1, 2]));
  readonly loose = ones([2]); // neither parameter nor buffer
  readonly head: Linear;
  readonly self: Module = this;

  constructor() {
    super();
    this.head = new Linear(2, 3, { bias: false });
  }
}

const blockNames = ['dense.weight', 'dense.bias', 'output.LayerNorm.weight', 'output.LayerNorm.bias'];
const names = [
  ...[0, 1].flatMap((i) => blockNames.map((name) => `layer.${i}.${name}`)),
  'scale',
  'head.weight',
];

describe('what a module finds', () => {
  const net = new Net();
  test('parameters and buffers, by dotted names in the order of the fields', () => {
    expect(net.namedParameters().map(([name]) => name)).toEqual(names);
    expect(net.namedBuffers().map(([name]) => name)).toEqual(['table']);
    expect([...net.stateDict().keys()]).toEqual([...names.slice(0, 9), 'table', 'head.weight']);
    expect(net.parameters().every((each) => each.requiresGrad)).toBe(true);
    expect(net.table.requiresGrad).toBe(false);
  });
  test('modules, each once though a field leads back to the root', () => {
    expect(net.namedModules().map(([name]) => name)).toEqual([
      '',
      ...[0, 1].flatMap((i) =>
        ['', '.dense', '.output.LayerNorm', '.output.dropout'].map((part) => `layer.${i}${part}`),
      ),
      'head',
    ]);
  });
  test('a tied weight once, under its first name; in the state dict under both', () => {
    class Tied extends Module {
      readonly first = new Linear(2, 2, { bias: false });
      readonly second = { weight: this.first.weight };
    }
    const tied = new Tied();
    expect(tied.namedParameters().map(([name]) => name)).toEqual(['first.weight']);
    expect([...tied.stateDict().keys()]).toEqual(['first.weight', 'second.weight']);
    expect(tied.loadStateDict({ 'first.weight': ones([2, 2]) }).missing).toEqual([]);
    expect(tied.second.weight.toArray()).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });
});

test('train and eval reach every module', () => {
  const net = new Net();
  net.eval();
  expect(net.modules().some((module) => module.training)).toBe(false);
  net.layer[1]?.train();
  expect(net.modules().filter((module) => module.training).length).toBe(4);
});

describe('freeze and unfreeze', () => {
  test.each([
    ['a prefix', 'layer.0', 4],
    ['a whole name', 'scale', 1],
    ['a prefix that ends inside a name', 'layer.0.dense.w', 0],
    ['a pattern', /LayerNorm/g, 4],
    ['a predicate', (name: string, each: Tensor) => name.endsWith('bias') && each.ndim === 1, 4],
    ['nothing: all', undefined, 10],
  ])('by %s', (_, filter, count) => {
    const net = new Net();
    expect(net.freeze(filter)).toBe(count);
    expect(net.parameters().filter((each) => !each.requiresGrad).length).toBe(count);
    expect(net.unfreeze()).toBe(10);
    expect(net.parameters().every((each) => each.requiresGrad)).toBe(true);
  });
  test('drops the gradient, and none is computed', () => {
    const linear = new Linear(2, 2);
    const run = () => scope(() => backward(linear.forward(ones([1, 2])).sum()));
    run();
    linear.freeze('weight');
    expect(linear.weight.grad).toBeNull();
    run();
    expect(linear.weight.grad).toBeNull();
    expect(linear.bias?.grad?.toArray()).toEqual([2, 2]);
    linear.zeroGrad();
    expect(linear.bias?.grad).toBeNull();
  });
});

describe('loadStateDict', () => {
  test('copies values, converting the dtype', () => {
    const [from, to] = [new Net(), new Net()];
    const doubles = new Map([...from.stateDict()].map(([name, each]) => [name, each.to('float64')]));
    const report = to.loadStateDict(doubles);
    expect(report).toEqual({ missing: [], unexpected: [], mismatched: [] });
    for (const [name, each] of to.stateDict()) {
      expect(each.toArray(), name).toEqual(from.stateDict().get(name)?.toArray());
      expect(each.dtype).toBe('float32');
      expect(each.isLeaf).toBe(true);
    }
  });
  test('lists everything that does not fit, and changes nothing', () => {
    const linear = new Linear(2, 2);
    const before = linear.bias?.toArray();
    const bad = { bias: zeros([2]), weight: zeros([3, 2]), other: zeros([1]) };
    expect(() => linear.loadStateDict(bad)).toThrow(StateDictError);
    try {
      linear.loadStateDict({ weight: zeros([3, 2]), other: zeros([1]) });
    } catch (error) {
      expect(error).toMatchObject({
        missing: ['bias'],
        unexpected: ['other'],
        mismatched: [{ name: 'weight', expected: [2, 2], got: [3, 2] }],
      });
      expect((error as Error).message).toMatch(
        /missing: bias[\s\S]*unexpected: other[\s\S]*weight: expected \[2, 2\], got \[3, 2\]/,
      );
    }
    expect(linear.bias?.toArray()).toEqual(before);
    expect.assertions(4);
  });
  test('not strict: reports names, but shapes must fit', () => {
    const linear = new Linear(2, 2);
    expect(linear.loadStateDict({ weight: zeros([2, 2]), other: zeros([1]) }, { strict: false })).toEqual({
      missing: ['bias'],
      unexpected: ['other'],
      mismatched: [],
    });
    expect(linear.weight.toArray()).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(() => linear.loadStateDict({ weight: zeros([1, 2]) }, { strict: false })).toThrow(StateDictError);
  });
  test('renames and passes over', () => {
    const linear = new Linear(2, 2);
    const rename = (name: string) => (name === 'skip' ? undefined : name.replace('w.', ''));
    linear.loadStateDict({ 'w.weight': ones([2, 2]), 'w.bias': ones([2]), skip: ones([1]) }, { rename });
    expect(linear.bias?.toArray()).toEqual([1, 1]);
  });
});

describe('to', () => {
  test('converts floating-point tensors, keeps ties and frozenness, and releases the old ones', () => {
    class Tied extends Module {
      readonly first = new Linear(2, 2);
      readonly second = { weight: this.first.weight };
      readonly ids = buffer(fromTypedArray(new Int32Array([1, 2]), [2]));
    }
    const tied = new Tied();
    const old = tied.first.weight;
    tied.freeze('first.bias');
    tied.to({ dtype: 'bfloat16' });
    expect(tied.first.weight.dtype).toBe('bfloat16');
    expect(tied.second.weight).toBe(tied.first.weight);
    expect(tied.first.bias?.requiresGrad).toBe(false);
    expect(tied.first.weight.requiresGrad && tied.first.weight.isLeaf).toBe(true);
    expect(tied.ids.dtype).toBe('int32');
    expect(() => old.shape).toThrow(TensorDisposedError);
    expect(tied.to({ dtype: 'bfloat16', device: 'cpu' }).first.weight).toBe(tied.first.weight);
  });
  test('refuses types that cannot be trained', () => {
    expect(() => new Linear(2, 2).to({ dtype: 'int64' })).toThrow(ArgumentError);
  });
});

test('a module outlives scopes, and dispose frees parameters and gradients', () => {
  const before = memory().bytes;
  const linear = scope(() => ({ made: new Linear(64, 64) })).made;
  const outer = scope(() => new Linear(64, 64).weight);
  expect(linear.weight.isDisposed || outer.isDisposed).toBe(false);
  scope(() => backward(linear.forward(ones([1, 64])).sum()));
  expect(memory().bytes).toBeGreaterThan(before + 3 * 64 * 64 * 4 - 1);
  linear.dispose();
  expect(memory().bytes).toBeLessThan(before + 64 * 64 * 4 + 1024);
});
