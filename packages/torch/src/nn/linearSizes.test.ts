import { describe, expect, test } from 'vitest';
import { autocast, grad, linear, manualSeed, randn, scope, type Tensor } from '../index.ts';

// Large products may take another kernel than small ones (native/linear.cc): both must agree with float64.
describe('linear of any size', () => {
  test.each([
    ['small', [7, 5], 3],
    ['large', [300, 256], 300],
    ['large, three dimensions', [4, 75, 256], 300],
    ['large, no rows', [0, 256], 300],
  ] as const)('%s: values, gradients and second derivatives', (_, shape, outputs) => {
    manualSeed(1);
    scope(() => {
      const inputs = shape.at(-1) as number;
      const x = randn([...shape], { dtype: 'float64' });
      const [weight, bias] = [
        randn([outputs, inputs], { dtype: 'float64' }),
        randn([outputs], { dtype: 'float64' }),
      ];
      const run = (dtype: 'float32' | 'float64'): Tensor[] => {
        const leaves = [x, weight, bias].map((each) => each.to({ dtype, copy: true }).requiresGrad_());
        const [a, w, b] = leaves as [Tensor, Tensor, Tensor];
        const y = linear(a, w, b).tanh();
        const first = grad(y.square().sum(), leaves, { createGraph: true });
        const curvature = first.map((each) => each.square().sum()).reduce((sum, each) => sum.add(each));
        return [y, ...first, ...grad(curvature, leaves)];
      };
      const wide = run('float64');
      run('float32').forEach((got, i) => {
        const want = wide[i] as Tensor;
        expect(got.shape).toEqual(want.shape);
        if (want.numel === 0) return;
        const scale = Math.max(1, Number(want.abs().max().item()));
        expect(Number(got.to('float64').sub(want).abs().max().item()) / scale).toBeLessThan(2e-4);
      });
    });
  });

  test('frozen parts get no gradient, and autocast still lowers the type', () => {
    scope(() => {
      const x = randn([300, 256]);
      const weight = randn([300, 256]).requiresGrad_();
      const y = linear(x, weight);
      y.sum().backward();
      expect(x.grad).toBeNull();
      expect(weight.grad?.shape).toEqual([300, 256]);
      expect(linear(x, weight.detach()).requiresGrad).toBe(false);
      expect(autocast({ device: 'cpu', dtype: 'bfloat16' }, () => linear(x, weight)).dtype).toBe('bfloat16');
    });
  });

  test('what does not fit is refused alike', () => {
    scope(() => {
      expect(() => linear(randn([300, 256]), randn([300, 255]))).toThrow(/300x256|255x300/);
    });
  });
});
