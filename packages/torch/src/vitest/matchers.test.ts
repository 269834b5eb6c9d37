import { setImmediate as immediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { scope, scopeAsync, type Tensor, tensor, zeros } from '../index.ts';
import { forceCollection } from '../memory/collection.fixture.ts';
import './index.ts';

describe('toLeakNothing', () => {
  it('passes for a block that frees what it makes', () => {
    expect(() => scope(() => zeros([10]).sum().item())).toLeakNothing();
    expect(() => {
      using _ = zeros([10]);
    }).toLeakNothing();
  });

  it('fails for a block that does not, and says how much', () => {
    const made: Tensor[] = [];
    const leaky = () => void made.push(zeros([1000]), zeros([1000]));
    expect(() => expect(leaky).toLeakNothing()).toThrow('the block leaked 2 tensors, 8,000 bytes');
    expect(leaky).not.toLeakNothing();
  });

  it('counts tensors that nobody can reach any more', async () => {
    await expect(async () => {
      await expect(async () => {
        zeros([1000]);
        await forceCollection();
      }).toLeakNothing();
    }).rejects.toThrow('the block leaked 1 tensor, 4,000 bytes');
  });

  it('does not let garbage from before hide a leak', async () => {
    for (let i = 0; i < 10; i++) zeros([10]);
    const made: Tensor[] = [];
    await expect(async () => {
      made.push(zeros([10]));
      await forceCollection();
    }).not.toLeakNothing();
  });

  it('counts gradients that appear', () => {
    const x = zeros([1000]).requiresGrad_();
    const step = () => scope(() => x.sum().backward());
    expect(() => expect(step).toLeakNothing()).toThrow('4,000 bytes (no more tensors');
    expect(step).toLeakNothing();
  });

  it('waits for asynchronous blocks', async () => {
    await expect(async () => {
      await scopeAsync(async () => {
        zeros([10]);
        await immediate();
      });
    }).toLeakNothing();
    const made: Tensor[] = [];
    await expect(async () => {
      await immediate();
      made.push(zeros([10]));
    }).not.toLeakNothing();
  });

  it('passes on what the block throws', async () => {
    const failing = () => {
      throw new RangeError('mine');
    };
    expect(() => expect(failing).toLeakNothing()).toThrow('mine');
    await expect(expect(async () => failing()).toLeakNothing()).rejects.toThrow('mine');
    expect(() => expect(5).toLeakNothing()).toThrow('needs a function');
  });
});

describe('toBeCloseToTensor', () => {
  it('compares with the tolerance of the dtype', () => {
    expect(tensor([1, 2])).toBeCloseToTensor([1, 2 + 1e-6]);
    expect(tensor([1, 2])).not.toBeCloseToTensor([1, 2.001]);
    expect(tensor([1, 2], { dtype: 'float64' })).not.toBeCloseToTensor([1, 2 + 1e-6]);
    expect(tensor([1, 2], { dtype: 'bfloat16' })).toBeCloseToTensor(
      tensor([1, 2.015625], { dtype: 'bfloat16' }),
    );
    expect(tensor([1n, 2n])).toBeCloseToTensor([1, 2]);
    expect(tensor([1n, 2n])).not.toBeCloseToTensor([1, 3]);
    expect(tensor([1, 2])).toBeCloseToTensor([1, 2.1], { rtol: 0.1 });
    expect(tensor([0])).toBeCloseToTensor([0.1], { atol: 0.2 });
  });

  it('says where the worst difference is', () => {
    const t = tensor([
      [1, 2],
      [3, 4],
    ]);
    const text = '2 of 4 elements differ; worst at [1, 0]: 3 is not 5 (off by 2;';
    expect(() =>
      expect(t).toBeCloseToTensor([
        [1, 2.5],
        [5, 4],
      ]),
    ).toThrow(text);
  });

  it('compares shape, dtype and unusual numbers', () => {
    expect(() => expect(tensor([1])).toBeCloseToTensor([[1]])).toThrow('shape [1] is not [1,1]');
    expect(() => expect(tensor([1])).toBeCloseToTensor(tensor([1n]))).toThrow('dtype float32 is not int64');
    expect(() => expect(5).toBeCloseToTensor([1])).toThrow('expected a Tensor, got 5');
    const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;
    expect(tensor([infinity])).toBeCloseToTensor([infinity]);
    expect(tensor([infinity])).not.toBeCloseToTensor([1]);
    expect(tensor([1])).not.toBeCloseToTensor([infinity]);
    expect(tensor([infinity])).not.toBeCloseToTensor([-infinity]);
    expect(tensor([nan])).not.toBeCloseToTensor([nan]);
    expect(tensor([1])).not.toBeCloseToTensor([nan]);
    expect(tensor([nan, 1])).toBeCloseToTensor([nan, 1], { equalNan: true });
    expect(zeros([0, 3])).toBeCloseToTensor(zeros([0, 3]));
  });

  it('leaks nothing', () => {
    const t = tensor([1]);
    expect(() => expect(t).toBeCloseToTensor([1])).toLeakNothing();
  });
});
