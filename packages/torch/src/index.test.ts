import { expect, it } from 'vitest';
import * as torch from './index.ts';

it('offers tensors, scopes, autograd and the errors at the root', () => {
  for (const name of [
    'tensor',
    'scope',
    'scopeAsync',
    'keep',
    'memory',
    'noGrad',
    'backward',
    'grad',
    'matmul',
    'add',
  ]) {
    expect(torch, name).toHaveProperty(name, expect.any(Function));
  }
  expect(Object.entries(torch).filter(([, value]) => value === undefined)).toEqual([]);
});

it('keeps the addon and the bookkeeping to itself', () => {
  const internal = [
    'native',
    'wrap',
    'own',
    'track',
    'handleOf',
    'errorFactory',
    'brand',
    'withoutCollection',
  ];
  expect(Object.keys(torch).filter((name) => internal.includes(name))).toEqual([]);
});

it('names every error after its class', () => {
  const errors = Object.entries(torch).filter(([name]) => name.endsWith('Error'));
  expect(errors.length).toBeGreaterThan(10);
  expect(errors.map(([name]) => name)).toContain('NativeAddonMissingError');
  for (const [name, type] of errors) {
    const { prototype } = type as { prototype: Error };
    expect(prototype.name, name).toBe(name);
    expect(name === 'TorchError' || prototype instanceof torch.TorchError, name).toBe(true);
  }
});

it('learns XOR', () => {
  torch.manualSeed(3);
  const hidden = torch.randn([2, 8]).requiresGrad_();
  const bias = torch.zeros([8]).requiresGrad_();
  const output = torch.randn([8, 1]).requiresGrad_();
  const x = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]]); // biome-ignore format: a truth table
  const y = torch.tensor([[0], [1], [1], [0]]);
  const predict = () => x.matmul(hidden).add(bias).tanh().matmul(output);
  for (let step = 0; step < 500; step++) {
    torch.scope(() => {
      predict().sub(y).square().mean().backward();
      torch.noGrad(() => {
        for (const parameter of [hidden, bias, output]) {
          parameter.sub_((parameter.grad as torch.Tensor).mul(0.3));
          parameter.grad = null;
        }
      });
    });
  }
  const answers = torch.scope(() => predict().round().abs().toArray());
  expect(answers).toEqual([[0], [1], [1], [0]]);
});
