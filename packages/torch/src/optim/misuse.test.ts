import { describe, expect, test } from 'vitest';
import { ArgumentError, TensorDisposedError } from '../errors.ts';
import { backward, ones, scope, type Tensor, zeros } from '../index.ts';
import { Linear } from '../nn/index.ts';
import { GradientAccumulation } from './accumulation.ts';
import { AdamW } from './adamw.ts';
import { clipGradNorm } from './clipGradNorm.ts';
import { noDecayOnBiasAndNorm } from './groups.ts';
import { constantSchedule, cosineSchedule, linearSchedule } from './schedules.ts';
import { SGD } from './sgd.ts';

/** A layer and an optimizer of it that has taken one step. */
function trained(): { model: Linear; optimizer: AdamW } {
  const model = new Linear(2, 3);
  const optimizer = new AdamW(model.namedParameters());
  scope(() => backward(model.forward(ones([1, 2])).sum()));
  optimizer.step();
  return { model, optimizer };
}

const refused = (run: () => unknown, message: RegExp): void => {
  expect(run).toThrow(ArgumentError);
  expect(run).toThrow(message);
};

describe('a saved state that would be lost is refused, and the own one kept', () => {
  const apart = /no step count; save and load `tensors` and `steps` together\n.*exp_avg/;
  test.each<[string, (saved: Record<string, Tensor>) => unknown, RegExp]>([
    ['tensors without steps', (tensors) => ({ tensors, steps: {} }), apart],
    ['a name of nowhere', () => ({ tensors: { 'foo.exp_avg': zeros([1]) }, steps: {} }), apart],
    [
      'another optimizer',
      (tensors) => ({ tensors: { ...tensors, 'weight.max': zeros([3, 2]) }, steps: { weight: 1, bias: 1 } }),
      /of another optimizer.*\n.*weight\.max/,
    ],
    [
      'no tensor',
      (tensors) => ({ tensors: { ...tensors, 'bias.exp_avg': 1 }, steps: { weight: 1, bias: 1 } }),
      /no tensor 'bias.exp_avg'/,
    ],
    ['an empty object', () => ({}), /must have `tensors` and `steps`/],
    ['nothing', () => undefined, /must have `tensors` and `steps`/],
    ['tensors alone', (tensors) => tensors, /must have `tensors` and `steps`/],
  ])('%s', (_, saved, message) => {
    const { optimizer } = trained();
    const state = optimizer.stateDict();
    refused(() => optimizer.loadStateDict(saved({ ...state.tensors }) as never), message);
    expect(optimizer.stateDict().steps).toEqual({ weight: 1, bias: 1 });
    optimizer.loadStateDict(state);
  });
});

test('a disposed optimizer says so, and still drops gradients', () => {
  const { model, optimizer } = trained();
  const state = optimizer.stateDict();
  optimizer.dispose();
  for (const use of [
    () => optimizer.step(),
    () => optimizer.stateDict(),
    () => optimizer.loadStateDict(state),
  ]) {
    expect(use).toThrow(TensorDisposedError);
    expect(use).toThrow(/the optimizer was disposed/);
  }
  optimizer.zeroGrad();
  expect(model.weight.grad).toBeNull();
  optimizer.dispose();
});

test('parameters that Module.to() replaced are named', () => {
  const { model, optimizer } = trained();
  const stale = model.namedParameters();
  model.to('float64');
  const message = /'weight' was released.*make the optimizer after Module\.to\(\)/;
  for (const use of [() => optimizer.step(), () => optimizer.zeroGrad(), () => new SGD(stale)]) {
    expect(use).toThrow(TensorDisposedError);
    expect(use).toThrow(message);
  }
  new AdamW(model.namedParameters()).step();
});

describe('what is no list of parameters is refused with advice', () => {
  const model = new Linear(2, 3);
  const named = /give model\.namedParameters\(\)/;
  const bare = /give model\.parameters\(\)/;
  test.each<[string, () => unknown, RegExp]>([
    ['AdamW of a model', () => new AdamW(model as never), named],
    ['AdamW of tensors', () => new AdamW(model.parameters() as never), named],
    ['SGD of a tensor', () => new SGD(model.weight as never), named],
    ['a group of tensors', () => new SGD([{ parameters: model.parameters() as never }]), named],
    ['a group of a model', () => new SGD([{ parameters: model as never }]), named],
    ['decay groups of a model', () => noDecayOnBiasAndNorm(model as never), named],
    ['clipping a model', () => clipGradNorm(model as never, 1), bare],
    ['clipping named parameters', () => clipGradNorm(model.namedParameters() as never, 1), bare],
    ['clipping nothing', () => clipGradNorm(undefined as never, 1), bare],
    ['accumulation of a model', () => new GradientAccumulation(model as never), bare],
    ['accumulation of a string', () => new GradientAccumulation('ab' as never), bare],
  ])('%s', (_, run, message) => refused(run, message));
});

describe('options that would be passed over are refused', () => {
  const { model, optimizer } = trained();
  test.each<[string, () => unknown, RegExp]>([
    ['a misspelt step option', () => optimizer.step({ lrfactor: 1 } as never), /no option 'lrfactor'/],
    ['a number for a step', () => optimizer.step(0.5 as never), /options must be an object/],
    ['a number for settings', () => new SGD(model.namedParameters(), 0.1 as never), /must be an object/],
    ['a misspelt warm-up', () => cosineSchedule({ warmup: 10, totalSteps: 9 } as never), /'warmup'/],
    [
      'a cosine in a linear schedule',
      () => linearSchedule({ totalSteps: 9, cycles: 1 } as never),
      /'cycles'/,
    ],
    ['a number for a schedule', () => constantSchedule(10 as never), /must be an object/],
    ['no total for cosine', () => (cosineSchedule as () => unknown)(), /totalSteps must be/],
    ['no total for linear', () => (linearSchedule as () => unknown)(), /totalSteps must be/],
  ])('%s', (_, run, message) => refused(run, message));
});
