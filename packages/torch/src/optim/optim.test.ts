import { describe, expect, test } from 'vitest';
import { ArgumentError, ShapeError } from '../errors.ts';
import {
  autocast,
  backward,
  gelu,
  linear,
  manualSeed,
  memory,
  mseLoss,
  randn,
  scope,
  type Tensor,
  tensor,
  zeros,
} from '../index.ts';
import { expectClose, golden } from '../nn/golden.fixture.ts';
import { LayerNorm, Linear, Module, parameter } from '../nn/index.ts';
import type { NestedNumbers } from '../tensor/index.ts';
import { GradientAccumulation } from './accumulation.ts';
import { AdamW } from './adamw.ts';
import { clipGradNorm } from './clipGradNorm.ts';
import { type NamedParameter, noDecayOnBiasAndNorm } from './groups.ts';
import type { Optimizer } from './optimizer.ts';
import { constantSchedule, cosineSchedule, linearSchedule, type Schedule } from './schedules.ts';
import { SGD } from './sgd.ts';

type Weights = Record<'weight' | 'bias', NestedNumbers>;
interface Trace {
  readonly start: Weights;
  readonly target: NestedNumbers;
  readonly trace: Weights[];
}
const traces = golden<Record<string, Trace>>('optimizers');

const start = (trace: Trace): { weight: Tensor; bias: Tensor } => ({
  weight: parameter(tensor(trace.start.weight)),
  bias: parameter(tensor(trace.start.bias)),
});

function quadratic(weight: Tensor, bias: Tensor, target: NestedNumbers): void {
  scope(() => backward(weight.mul(weight).add(bias).sub(tensor(target)).square().mean()));
}

describe('steps equal torch.optim', () => {
  const makers: Record<string, (weight: NamedParameter, bias: NamedParameter) => Optimizer> = {
    adamw: (weight, bias) => new AdamW([weight, bias]),
    adamwGroups: (weight, bias) =>
      new AdamW(
        [
          { parameters: [weight], weightDecay: 0.3 },
          { parameters: [bias], lr: 0.05 },
        ],
        {
          lr: 0.1,
          betas: [0.8, 0.95],
          eps: 1e-4,
          weightDecay: 0,
        },
      ),
    sgd: (weight, bias) => new SGD([weight, bias], { lr: 0.1 }),
    sgdMomentum: (weight, bias) =>
      new SGD([weight, bias], { lr: 0.1, momentum: 0.9, dampening: 0.2, weightDecay: 0.05 }),
    sgdNesterov: (weight, bias) => new SGD([weight, bias], { lr: 0.1, momentum: 0.9, nesterov: true }),
  };
  test.each(Object.keys(makers))('%s', (name) => {
    const want = traces[name] as Trace;
    const { weight, bias } = start(want);
    const optimizer = makers[name]?.(['weight', weight], ['bias', bias]) as Optimizer;
    for (const expected of want.trace) {
      optimizer.zeroGrad();
      quadratic(weight, bias, want.target);
      optimizer.step();
      expectClose(weight, expected.weight, 2e-6);
      expectClose(bias, expected.bias, 2e-6);
    }
  });
});

describe('optimizer state', () => {
  test.each([
    ['AdamW', (named: NamedParameter[]) => new AdamW(named, { lr: 0.1 })],
    ['SGD', (named: NamedParameter[]) => new SGD(named, { lr: 0.1, momentum: 0.9 })],
  ])('%s goes on to the bit after save and restore', (_, make) => {
    const want = traces['adamw'] as Trace;
    const run = (interrupt: boolean): unknown[] => {
      const { weight, bias } = start(want);
      const named: NamedParameter[] = [
        ['weight', weight],
        ['bias', bias],
      ];
      let optimizer = make(named);
      for (let step = 0; step < 6; step++) {
        if (interrupt && step === 3) {
          const saved = optimizer.stateDict();
          const next = make(named);
          next.loadStateDict(saved);
          optimizer.dispose();
          optimizer = next;
        }
        optimizer.zeroGrad();
        quadratic(weight, bias, want.target);
        optimizer.step();
      }
      return [weight.toArray(), bias.toArray(), optimizer.stateDict().steps];
    };
    expect(run(true)).toEqual(run(false));
  });

  test('a frozen parameter has no state, and is left alone', () => {
    const { weight, bias } = start(traces['adamw'] as Trace);
    bias.requiresGrad_(false);
    const optimizer = new AdamW([
      ['weight', weight],
      ['bias', bias],
    ]);
    quadratic(weight, bias, (traces['adamw'] as Trace).target);
    const before = bias.toArray();
    optimizer.step();
    expect(bias.toArray()).toEqual(before);
    expect(Object.keys(optimizer.stateDict().tensors)).toEqual(['weight.exp_avg', 'weight.exp_avg_sq']);
    expect(optimizer.stateDict().steps).toEqual({ weight: 1 });
  });

  test('lrFactor scales the rate: 0 leaves all as it is', () => {
    const { weight, bias } = start(traces['adamw'] as Trace);
    const optimizer = new AdamW([
      ['weight', weight],
      ['bias', bias],
    ]);
    quadratic(weight, bias, (traces['adamw'] as Trace).target);
    const before = weight.toArray();
    optimizer.step({ lrFactor: 0 });
    expect(weight.toArray()).toEqual(before);
    expect(() => optimizer.step({ lrFactor: Number.NaN })).toThrow(ArgumentError);
  });

  test('steps leak nothing', () => {
    const { weight, bias } = start(traces['adamw'] as Trace);
    const optimizer = new AdamW([
      ['weight', weight],
      ['bias', bias],
    ]);
    const step = () => {
      quadratic(weight, bias, (traces['adamw'] as Trace).target);
      optimizer.step();
      optimizer.zeroGrad();
    };
    step();
    const before = memory();
    for (let i = 0; i < 10; i++) step();
    expect(memory()).toEqual(before);
    optimizer.dispose();
    expect(memory().liveTensors).toBe(before.liveTensors - 4);
  });

  test('what does not fit is refused before anything changes', () => {
    const { weight, bias } = start(traces['adamw'] as Trace);
    const optimizer = new AdamW([
      ['weight', weight],
      ['bias', bias],
    ]);
    const bad = {
      tensors: { 'weight.exp_avg': zeros([1]), 'weight.exp_avg_sq': zeros([1]) },
      steps: { weight: 1 },
    };
    expect(() => optimizer.loadStateDict(bad)).toThrow(ShapeError);
    expect(() => optimizer.loadStateDict({ tensors: {}, steps: { other: 1 } })).toThrow(
      /names parameters .*\n.*other/,
    );
    expect(() => optimizer.loadStateDict({ tensors: {}, steps: { weight: 1 } })).toThrow(
      /no tensor 'weight.exp_avg'/,
    );
    expect(optimizer.stateDict()).toEqual({ tensors: {}, steps: {} });
  });

  test.each<[string, (w: Tensor) => unknown]>([
    ['no parameters', () => new AdamW([])],
    [
      'a name twice',
      (w) =>
        new AdamW([
          ['w', w],
          ['w', zeros([1])],
        ]),
    ],
    [
      'a tensor twice',
      (w) =>
        new AdamW([
          ['w', w],
          ['v', w],
        ]),
    ],
    ['a negative rate', (w) => new AdamW([['w', w]], { lr: -1 })],
    ['a beta of 1', (w) => new AdamW([['w', w]], { betas: [0.9, 1] })],
    ['a misspelt setting', (w) => new AdamW([['w', w]], { weight_decay: 0 } as never)],
    ['betas that are no pair', (w) => new AdamW([['w', w]], { betas: 0.9 } as never)],
    ['an unknown setting', (w) => new SGD([{ parameters: [['w', w]], rate: 1 } as never])],
    ['nesterov without momentum', (w) => new SGD([['w', w]], { nesterov: true })],
  ])('%s is an ArgumentError', (_, make) => {
    expect(() => make(zeros([1]))).toThrow(ArgumentError);
  });
});

test('biases and norms get no weight decay', () => {
  class Net extends Module {
    readonly dense = new Linear(2, 3);
    readonly norm = new LayerNorm(3);
  }
  const groups = noDecayOnBiasAndNorm(new Net().namedParameters(), 0.1);
  expect(
    groups.map(({ weightDecay, parameters }) => [weightDecay, ...parameters.map(([name]) => name)]),
  ).toEqual([
    [0.1, 'dense.weight'],
    [0, 'dense.bias', 'norm.weight', 'norm.bias'],
  ]);
});

describe('schedules equal transformers', () => {
  const want = golden<Record<string, number[]>>('schedules');
  const made: Record<string, Schedule> = {
    constant: constantSchedule({ warmupSteps: 4 }),
    linear: linearSchedule({ warmupSteps: 4, totalSteps: 12 }),
    linearNoWarmup: linearSchedule({ totalSteps: 5 }),
    cosine: cosineSchedule({ warmupSteps: 3, totalSteps: 12 }),
    cosineTwoWaves: cosineSchedule({ warmupSteps: 3, totalSteps: 12, cycles: 2 }),
  };
  test.each(Object.keys(want))('%s', (name) => {
    const schedule = made[name] as Schedule;
    want[name]?.forEach((factor, step) => {
      expect(schedule(step), `step ${step}`).toBeCloseTo(factor, 8);
    });
  });
  test('bad step counts', () => {
    // as get_linear_schedule_with_warmup: no step at the full rate after all steps are taken
    expect(linearSchedule({ warmupSteps: 10, totalSteps: 10 })(10)).toBe(0);
    expect(linearSchedule({ totalSteps: 0 })(0)).toBe(0);
    expect(() => linearSchedule({ totalSteps: -1 })).toThrow(ArgumentError);
    expect(() => cosineSchedule({ warmupSteps: 0.5, totalSteps: 3 })).toThrow(ArgumentError);
  });
});

describe('clipGradNorm equals clip_grad_norm_', () => {
  test.each([
    ['float64', [1e100, 1e84], 1e100],
    ['float16', [30_000, 40_000], 50_000],
  ] as const)('%s: the norm does not overflow on its way', (dtype, values, norm) => {
    const w = zeros([2], { dtype }).requiresGrad_();
    w.grad = tensor([...values], { dtype });
    const found = clipGradNorm([w], 1);
    expect(found / norm).toBeCloseTo(1, 3);
    const [first, second] = (w.grad as Tensor).to('float64').toArray() as number[];
    expect((first as number) / (values[0] / norm)).toBeCloseTo(1, 2);
    expect((second as number) / (values[1] / norm)).toBeCloseTo(1, 2);
  });

  interface Clipping {
    readonly gradients: NestedNumbers[];
    readonly cases: { maxNorm: number; norm: number; clipped: NestedNumbers[] }[];
  }
  const { gradients, cases } = golden<Clipping>('clipping');
  test.each(cases)('maximum $maxNorm', ({ maxNorm, norm, clipped }) => {
    const parameters = gradients.map((values) => {
      const gradient = tensor(values);
      const made = parameter(zeros(gradient.shape));
      made.grad = gradient;
      return made;
    });
    expect(clipGradNorm(parameters, maxNorm)).toBeCloseTo(norm, 5);
    parameters.forEach((made, i) => {
      expectClose(made.grad as Tensor, clipped[i] as NestedNumbers);
    });
  });
  test('a maximum that is not above 0', () => {
    expect(() => clipGradNorm([], 0)).toThrow(ArgumentError);
    expect(() => clipGradNorm([], Number.NaN)).toThrow(ArgumentError);
  });
});

describe('gradient accumulation', () => {
  manualSeed(31);
  const x = randn([12, 6]);
  const y = randn([12, 2]);
  const model = new Linear(6, 2);
  const meanLoss = (from: number, count: number): Tensor =>
    mseLoss(model.forward(x.narrow(0, from, count)), y.narrow(0, from, count));

  test('weighted by tokens, micro-batches of different size give the big batch its gradient', () => {
    const big = Number(
      scope(() => {
        const loss = meanLoss(0, 12);
        backward(loss);
        return loss.item();
      }),
    );
    const want = model.parameters().map((each) => each.grad?.toArray() as NestedNumbers);
    model.zeroGrad();
    const accumulation = new GradientAccumulation(model.parameters());
    for (let round = 0; round < 2; round++) {
      for (const [from, count] of [
        [0, 5],
        [5, 1],
        [6, 6],
      ] as const) {
        scope(() => accumulation.add(meanLoss(from, count), count));
      }
      const { loss, tokens } = accumulation.finish();
      expect(tokens).toBe(12);
      expect(loss).toBeCloseTo(big, 6);
      model.parameters().forEach((each, i) => {
        expectClose(each.grad as Tensor, want[i] as NestedNumbers, 1e-6);
      });
      model.zeroGrad();
    }
  });
  test('what it refuses', () => {
    const accumulation = new GradientAccumulation(model.parameters());
    expect(() => accumulation.finish()).toThrow(ArgumentError);
    expect(() => accumulation.add(meanLoss(0, 1), 0)).toThrow(ArgumentError);
  });
});

test('bfloat16 autocast trains float32 weights as torch.autocast does', () => {
  type Names = 'w1' | 'b1' | 'g1' | 'w2' | 'b2';
  interface Autocast {
    readonly x: NestedNumbers;
    readonly y: NestedNumbers;
    readonly start: Record<Names, NestedNumbers>;
    readonly firstGrads: Record<Names, NestedNumbers>;
    readonly losses: number[];
  }
  const want = golden<Autocast>('autocast');
  const named = Object.entries(want.start).map(
    ([name, values]): NamedParameter => [name, parameter(tensor(values))],
  );
  const { w1, b1, g1, w2, b2 } = Object.fromEntries(named) as Record<Names, Tensor>;
  const [x, y] = [tensor(want.x), tensor(want.y)];
  const norm: LayerNorm = Object.assign(new LayerNorm(24, { bias: false }), { weight: g1 });
  const optimizer = new AdamW(named, { lr: 1e-2 });
  const losses = want.losses.map((_, step) => {
    optimizer.zeroGrad();
    const value = scope(() => {
      const loss = autocast({ device: 'cpu', dtype: 'bfloat16' }, () => {
        const wide = gelu(linear(x, w1, b1));
        expect(wide.dtype).toBe('bfloat16');
        return mseLoss(linear(norm.forward(wide), w2, b2), y);
      });
      backward(loss);
      return Number(loss.item());
    });
    if (step === 0) {
      for (const [name, each] of named) {
        expect((each.grad as Tensor).dtype).toBe('float32');
        expectClose(each.grad as Tensor, want.firstGrads[name as Names], 0.01);
      }
    }
    optimizer.step();
    return value;
  });
  losses.forEach((loss, step) => {
    expect(Math.abs(loss - (want.losses[step] as number))).toBeLessThan(0.01 * (want.losses[step] as number));
  });
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) * 0.7);
  expect(named.every(([, each]) => each.dtype === 'float32')).toBe(true);
});
