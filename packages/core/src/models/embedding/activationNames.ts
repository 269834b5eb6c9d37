import type { ActivationName } from '@ragwright/torch/nn';

// PyTorch's class of each activation that it has one for: what a Dense's config.json names.
const classes: Partial<Record<ActivationName, string>> = {
  linear: 'torch.nn.modules.linear.Identity',
  tanh: 'torch.nn.modules.activation.Tanh',
  relu: 'torch.nn.modules.activation.ReLU',
  relu6: 'torch.nn.modules.activation.ReLU6',
  gelu: 'torch.nn.modules.activation.GELU',
  silu: 'torch.nn.modules.activation.SiLU',
  sigmoid: 'torch.nn.modules.activation.Sigmoid',
  mish: 'torch.nn.modules.activation.Mish',
  hardswish: 'torch.nn.modules.activation.Hardswish',
  leaky_relu: 'torch.nn.modules.activation.LeakyReLU',
};

/** Names of PyTorch's classes that we know. */
export const activationClasses: readonly string[] = Object.values(classes);

/** The class that a Dense's config.json names; undefined if PyTorch has none. */
export const activationClass = (name: ActivationName): string | undefined => classes[name];

/** The activation of a class; by its last name, as modules move between versions. */
export function activationOfClass(className: string): ActivationName | undefined {
  const last = className.split('.').at(-1);
  const found = Object.entries(classes).find(([, known]) => known.split('.').at(-1) === last);
  return found?.[0] as ActivationName | undefined;
}
