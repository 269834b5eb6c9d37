import { ArgumentError } from '../errors.ts';
import { native } from '../native/attach.ts';
import { checkNumbers, type OptimizerParameters } from './groups.ts';
import { RuleOptimizer, type UpdateRule } from './optimizer.ts';

/** Defaults are PyTorch's. */
export interface SGDSettings {
  /** Learning rate; default 1e-3. */
  readonly lr: number;
  /** Default 0. */
  readonly momentum: number;
  /** Fraction of the gradient kept out of the momentum; default 0. */
  readonly dampening: number;
  /** Nesterov's momentum; needs momentum > 0 and no dampening. Default false. */
  readonly nesterov: boolean;
  /** L2 penalty, added to the gradient; default 0. */
  readonly weightDecay: number;
}

const rule: UpdateRule<SGDSettings> = {
  name: 'SGD',
  defaults: { lr: 1e-3, momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
  check: ({ lr, momentum, dampening, nesterov, weightDecay }) => {
    checkNumbers('SGD', { lr, momentum, weightDecay });
    checkNumbers('SGD', { dampening }, Number.NEGATIVE_INFINITY);
    if (nesterov && (momentum <= 0 || dampening !== 0)) {
      throw new ArgumentError('SGD', 'nesterov needs momentum above 0 and no dampening', {
        got: `momentum ${momentum}, dampening ${dampening}`,
      });
    }
  },
  slots: ({ momentum }) => (momentum > 0 ? ['momentum_buffer'] : []),
  apply: (parameters, [momenta = []], steps, { lr, momentum, dampening, nesterov, weightDecay }) => {
    native.sgdStep(parameters, momenta, steps, { lr, momentum, dampening, nesterov, weightDecay });
  },
};

/** Stochastic gradient descent with momentum, as torch.optim.SGD. */
export class SGD extends RuleOptimizer<SGDSettings> {
  /** @throws ArgumentError for settings out of bounds, unknown ones, or a parameter that comes twice */
  constructor(parameters: OptimizerParameters<SGDSettings>, options: Partial<SGDSettings> = {}) {
    super(rule, parameters, options);
  }
}
