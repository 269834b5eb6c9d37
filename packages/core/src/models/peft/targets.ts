import { Linear } from '@ragwright/torch/nn';
import { ConfigError } from '../../base/errors.ts';
import type { Encoder } from '../types.ts';
import type { LoraTargets } from './types.ts';

/**
 * Names of the linear layers that the targets mean, in the model's order.
 *
 * @throws ConfigError if the model has adapters already, or none of its linear layers is meant
 */
export function targetNames(model: Encoder, targets: LoraTargets): string[] {
  const modules = model.namedModules();
  const adapted = modules.find(([name]) => name.endsWith('.lora_A'));
  if (adapted) {
    throw new ConfigError('addLora', [
      { field: 'model', expected: 'a model without adapters', got: `one with ${adapted[0]}` },
    ]);
  }
  const linear = modules.flatMap(([name, module]) => (module instanceof Linear ? [{ name, module }] : []));
  const inBlocks = new Set(model.layers.flatMap((layer) => layer.modules()));
  const chosen = linear.filter(({ name, module }) =>
    targets === 'all-linear' ? inBlocks.has(module) : isMeant(name, targets),
  );
  const unused =
    targets instanceof RegExp || targets === 'all-linear'
      ? []
      : targets.filter((target) => !linear.some(({ name }) => isMeant(name, [target])));
  if (chosen.length > 0 && unused.length === 0) return chosen.map(({ name }) => name);
  const ends = [...new Set(linear.map(({ name }) => name.split('.').at(-1) as string))];
  throw new ConfigError('addLora', [
    {
      field: 'targets',
      expected: `names of linear layers; here these end in ${ends.join(', ')}`,
      got: unused.length > 0 ? unused.join(', ') : String(targets),
    },
  ]);
}

const isMeant = (name: string, targets: readonly string[] | RegExp): boolean =>
  targets instanceof RegExp
    ? name.search(targets) >= 0 // not test(): a pattern with the g flag would remember its place
    : targets.some((target) => name === target || name.endsWith(`.${target}`));
