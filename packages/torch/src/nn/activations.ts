import { gelu, hardtanh, leakyRelu, mul, relu, sigmoid, silu, softplus, tanh } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';

export type ActivationFunction = (x: Tensor) => Tensor;

const geluTanh: ActivationFunction = (x) => gelu(x, { approximate: 'tanh' });

/** By the names that Hugging Face configs use (`hidden_act`, `hidden_activation`). */
export const activations = {
  /** x·Φ(x), exact (arXiv 1606.08415). */
  gelu: (x) => gelu(x),
  gelu_python: (x) => gelu(x),
  /** GELU limited to ±10. */
  gelu_10: (x) => hardtanh(gelu(x), -10, 10),
  /** GELU's tanh approximation, under the names of its implementations. */
  gelu_accurate: geluTanh,
  gelu_fast: geluTanh,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  gelu_python_tanh: geluTanh,
  /** x·σ(1.702·x). */
  quick_gelu: (x) => mul(x, sigmoid(mul(x, 1.702))),
  /** x·relu6(x + 3) / 6. */
  hardswish: (x) => mul(x, hardtanh(x.add(3), 0, 6)).div(6),
  leaky_relu: (x) => leakyRelu(x),
  linear: (x) => x,
  /** x·tanh(softplus(x)) (arXiv 1908.08681). */
  mish: (x) => mul(x, tanh(softplus(x))),
  relu: (x) => relu(x),
  /** ReLU squared (arXiv 2109.08668). */
  relu2: (x) => {
    const positive = relu(x);
    return mul(positive, positive);
  },
  relu6: (x) => hardtanh(x, 0, 6),
  sigmoid: (x) => sigmoid(x),
  /** x·σ(x). */
  silu: (x) => silu(x),
  swish: (x) => silu(x),
  tanh: (x) => tanh(x),
} as const satisfies Record<string, ActivationFunction>;

export type ActivationName = keyof typeof activations;

export const isActivationName = (name: unknown): name is ActivationName =>
  typeof name === 'string' && Object.hasOwn(activations, name);
