import { ArgumentError } from '../errors.ts';
import { native } from '../native/attach.ts';
import { checkNumbers, type OptimizerParameters } from './groups.ts';
import { RuleOptimizer, type UpdateRule } from './optimizer.ts';

/** Defaults are PyTorch's. */
export interface AdamWSettings {
  /** Learning rate; default 1e-3. */
  readonly lr: number;
  /** Decay of the averages of gradient and squared gradient; default (0.9, 0.999). */
  readonly betas: readonly [number, number];
  /** Default 1e-8. */
  readonly eps: number;
  /** Fraction of the weight taken off per unit of learning rate; default 0.01. */
  readonly weightDecay: number;
}

const rule: UpdateRule<AdamWSettings> = {
  name: 'AdamW',
  defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 1e-2 },
  check: ({ lr, betas, eps, weightDecay }) => {
    checkNumbers('AdamW', { lr, eps, weightDecay });
    if (!Array.isArray(betas) || betas.length !== 2) {
      throw new ArgumentError('AdamW', 'betas must be two numbers', {
        expected: '[beta1, beta2]',
        got: String(betas),
      });
    }
    const [beta1, beta2] = betas;
    checkNumbers('AdamW', { 'betas[0]': beta1, 'betas[1]': beta2 }, 0, 1);
  },
  slots: () => ['exp_avg', 'exp_avg_sq'],
  apply: (
    parameters,
    [averages = [], squares = []],
    steps,
    { lr, betas: [beta1, beta2], eps, weightDecay },
  ) => {
    native.adamwStep(parameters, averages, squares, steps, { lr, beta1, beta2, eps, weightDecay });
  },
};

/**
 * Adam with decoupled weight decay (arXiv 1711.05101), in libtorch's fused kernel where it has one.
 *
 * @example
 * const optimizer = new AdamW(noDecayOnBiasAndNorm(model.namedParameters()), { lr: 2e-5 });
 * optimizer.step({ lrFactor: schedule(step) });
 */
export class AdamW extends RuleOptimizer<AdamWSettings> {
  /** @throws ArgumentError for settings out of bounds, unknown ones, or a parameter that comes twice */
  constructor(parameters: OptimizerParameters<AdamWSettings>, options: Partial<AdamWSettings> = {}) {
    super(rule, parameters, options);
  }
}
