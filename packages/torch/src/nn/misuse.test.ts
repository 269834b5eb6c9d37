import { describe, expect, test } from 'vitest';
import { ArgumentError, TensorDisposedError } from '../errors.ts';
import { memory, scope, tensor, zeros } from '../index.ts';
import { packedAttention } from './attention.ts';
import { Dropout } from './dropout.ts';
import { Embedding } from './embedding.ts';
import { normalInit } from './init.ts';
import { Linear } from './linear.ts';
import { Module } from './module.ts';
import { LayerNorm, RMSNorm } from './norm.ts';
import { pack } from './packedBatch.ts';
import { allOrNothing, parameter } from './parameter.ts';
import { rotaryAngles } from './rotary.ts';

const as = (value: unknown): never => value as never;
const model = new Linear(3, 4);
const qkv = zeros([2, 1, 4]);

describe('misuse is an ArgumentError with advice, and leaves nothing behind', () => {
  test.each<[string, () => unknown, RegExp]>([
    ['attention', () => packedAttention(qkv, qkv, qkv, [2], as({ isCausal: true })), /no option 'isCausal'/],
    ['Linear', () => new Linear(3, 4, as({ biass: false })), /^Linear: there is no option 'biass'/],
    ['Linear, a boolean', () => new Linear(3, 4, as(false)), /options must be an object/],
    ['Embedding', () => new Embedding(3, 4, as({ padding_idx: 0 })), /'padding_idx'/],
    ['LayerNorm', () => new LayerNorm(3, as({ epsilon: 1 })), /'epsilon'/],
    ['RMSNorm without bias', () => new RMSNorm(3, as({ bias: true })), /'bias'/],
    ['Dropout', () => new Dropout(as({ p: 0.1 })), /probability/],
    ['Dropout of a string', () => new Dropout(as('0.1')), /probability/],
    ['pack', () => pack([[1]], as({ segments: [[0]] })), /'segments'/],
    ['parameter', () => scope(() => parameter(zeros([1]), as(false))), /must be an object/],
    ['init', () => normalInit(model.weight, as({ stdev: 0.02 })), /'stdev'/],
    ['init, a number', () => normalInit(model.weight, as(0.02)), /must be an object/],
    ['rotaryAngles', () => scope(() => rotaryAngles(tensor([0]), as({ headDim: 2, theta: 1 }))), /'theta'/],
    ['Module.to', () => model.to(as({ dtyp: 'float64' })), /'dtyp'/],
    ['Module.to nothing', () => model.to(as(undefined)), /must be an object/],
    ['Module.to int64', () => model.to('int64'), /floating-point/],
    ['loadStateDict', () => model.loadStateDict(model.stateDict(), as({ stict: false })), /'stict'/],
    ['an integer weight', () => new Linear(3, 4, { dtype: 'int64' }), /'dtype'[\s\S]*got int64/],
    ['pack of a string', () => pack(as('hello')), /must be an array/],
    ['pack of one sequence', () => pack(as([1, 2, 3])), /sequence 0 is no array of token ids/],
    ['pack of texts', () => pack(as([[1], 'two'])), /sequence 1 is no array of token ids/],
    ['segments of one sequence', () => pack([[1]], as({ segmentIds: [0] })), /segment id list 0 is no array/],
    ['loadFrom a path', () => model.loadFrom(as('x.safetensors')), /open it first: openSafetensors\(path\)/],
    ['loadFrom nothing', () => model.loadFrom(as(undefined)), /open it first/],
    ['loadStateDict of a path', () => model.loadStateDict(as('x.safetensors')), /loadFrom\(openSafetensors/],
    [
      'loadStateDict of a model',
      () => model.loadStateDict(as(model)),
      /'training' of the state is no Tensor/,
    ],
  ])('%s', (_, run, message) => {
    const before = memory().liveTensors;
    expect(run).toThrow(ArgumentError);
    expect(run).toThrow(message);
    expect(memory().liveTensors).toBe(before);
  });
});

describe('Module.to', () => {
  test('takes the name of a dtype or a device', () => {
    const linear = new Linear(2, 2);
    const { weight } = linear;
    expect(linear.to('cpu').weight).toBe(weight);
    expect(linear.to('bfloat16').weight.dtype).toBe('bfloat16');
    expect(weight.isDisposed).toBe(true);
    expect(() => linear.to('bfloat')).toThrow(/bfloat/);
    expect(linear.weight.isDisposed).toBe(false);
  });
  test('changes nothing if a later conversion fails', () => {
    class Pair extends Module {
      readonly first = new Linear(2, 2);
      readonly second = new Linear(2, 2);
    }
    const pair = new Pair();
    pair.second.weight.dispose();
    const { weight } = pair.first;
    const before = memory().liveTensors;
    expect(() => pair.to('float64')).toThrow(TensorDisposedError);
    expect(pair.first.weight).toBe(weight);
    expect(weight.isDisposed).toBe(false);
    expect(memory().liveTensors).toBe(before);
  });
});

test('allOrNothing releases what was made until the error, also in nested calls', () => {
  const before = memory().liveTensors;
  const fail = () =>
    allOrNothing(() => {
      allOrNothing(() => new Linear(2, 2));
      zeros([2]);
      throw new RangeError('late');
    });
  expect(fail).toThrow(RangeError);
  expect(memory().liveTensors).toBe(before);
  using kept = allOrNothing(() => new Linear(2, 2));
  expect(kept.weight.isDisposed).toBe(false);
});

test('a batch for an unknown device leaves nothing behind', () => {
  const before = memory().liveTensors;
  expect(() => pack([[1, 2]], { device: 'nowhere' })).toThrow(/nowhere/);
  expect(memory().liveTensors).toBe(before);
});
