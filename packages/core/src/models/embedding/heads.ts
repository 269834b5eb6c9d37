import { scope, type Tensor } from '@ragwright/torch';
import { type ActivationName, activations, Linear, Module, type ParameterOptions } from '@ragwright/torch/nn';

export interface DenseSettings {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly bias: boolean;
  /** By the names of {@link activations}; `linear` is none. */
  readonly activation: ActivationName;
}

/** sentence-transformers' Dense: activation(x·Wᵀ + b) on the pooled vectors. */
export class Dense extends Module {
  readonly settings: DenseSettings;
  readonly linear: Linear;

  constructor(settings: DenseSettings, options: ParameterOptions = {}) {
    super();
    this.settings = settings;
    this.linear = new Linear(settings.inFeatures, settings.outFeatures, { ...options, bias: settings.bias });
  }

  /** x [n, inFeatures] → [n, outFeatures] */
  forward(x: Tensor): Tensor {
    return scope(() => {
      const { dtype } = this.linear.weight;
      return activations[this.settings.activation](this.linear.forward(x.dtype === dtype ? x : x.to(dtype)));
    });
  }
}

/** sentence-transformers' Normalize: x / max(‖x‖₂, 1e-12). */
export class Normalize extends Module {
  forward(x: Tensor): Tensor {
    return scope(() => {
      const wide = x.dtype === 'bfloat16' || x.dtype === 'float16' ? x.to('float32') : x;
      return wide.div(wide.norm(2, [-1], true).clampMin(1e-12));
    });
  }
}

/** What comes after pooling. */
export type Head = Dense | Normalize;
