import { expect, it } from 'vitest';
import {
  backward,
  manualSeed,
  memory,
  noGrad,
  randn,
  scope,
  setNumThreads,
  type Tensor,
  zeros,
} from '../index.ts';
import { forceCollection } from './collection.fixture.ts';

/** A perceptron 64 → 256 → 1 with its step of plain gradient descent, each step in one scope. */
function perceptron(): { parameters: Tensor[]; step: () => number } {
  const hidden = randn([64, 256]).mul_(0.1).requiresGrad_();
  const bias = zeros([256]).requiresGrad_();
  const output = randn([256, 1]).mul_(0.1).requiresGrad_();
  const parameters = [hidden, bias, output];
  const truth = randn([64, 1]);
  const step = () =>
    scope(() => {
      const x = randn([128, 64]);
      const prediction = x.matmul(hidden).add(bias).relu().matmul(output);
      const loss = prediction.sub(x.matmul(truth)).square().mean();
      backward(loss);
      noGrad(() => {
        for (const parameter of parameters) {
          const gradient = parameter.grad as Tensor;
          parameter.sub_(gradient.mul(0.01));
          gradient.zero_();
        }
      });
      return loss.item() as number;
    });
  return { parameters, step };
}

it('300 training steps stay flat', async () => {
  setNumThreads(1); // test files run side by side
  manualSeed(1);
  const { parameters, step } = perceptron();
  const losses = Array.from({ length: 50 }, step);
  await forceCollection();
  const before = { ...memory(), rss: process.memoryUsage().rss };
  for (let i = 0; i < 300; i++) losses.push(step());
  const after = { ...memory(), rss: process.memoryUsage().rss };
  expect(after.liveTensors).toBe(before.liveTensors);
  expect(after.bytes).toBe(before.bytes);
  expect(after.rss - before.rss).toBeLessThan(20e6); // 300 steps make 500 MB
  expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 5);
  expect(parameters.every((parameter) => !parameter.isDisposed)).toBe(true);
});
