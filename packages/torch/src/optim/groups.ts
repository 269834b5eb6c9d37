import { ArgumentError } from '../errors.ts';
import { isObject } from '../ops/arguments.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkAlive, elementsOf, namedTensorsOf } from './members.ts';

export type NamedParameter = readonly [name: string, tensor: Tensor];

/** Parameters that share settings; what is not set here comes from the optimizer's options. */
export type ParameterGroup<Settings> = Partial<Settings> & { readonly parameters: Iterable<NamedParameter> };

/** One group, or several: `model.namedParameters()` or `[{ parameters, lr }, …]`. */
export type OptimizerParameters<Settings> = Iterable<NamedParameter> | readonly ParameterGroup<Settings>[];

export interface ResolvedGroup<Settings> {
  readonly names: readonly string[];
  readonly tensors: readonly Tensor[];
  readonly settings: Settings;
}

const isGroup = (entry: unknown): boolean => isObject(entry) && 'parameters' in (entry as object);

/**
 * @throws ArgumentError if there is no parameter, if a name or tensor comes twice, or if a setting is not a
 *   number within its bounds
 */
export function resolveGroups<Settings extends object>(
  op: string,
  parameters: OptimizerParameters<Settings>,
  defaults: Settings,
  check: (settings: Settings) => void,
): ResolvedGroup<Settings>[] {
  const given = elementsOf(op, parameters, 'give model.namedParameters()');
  const groups = given.filter(isGroup) as ParameterGroup<Settings>[];
  const loose = given.filter((entry) => !isGroup(entry));
  if (loose.length > 0) groups.unshift({ parameters: loose } as unknown as ParameterGroup<Settings>);

  const names = new Set<string>();
  const tensors = new Set<Tensor>();
  const resolved = groups.map(({ parameters, ...own }) => {
    const settings = { ...defaults } as Record<string, unknown>;
    for (const [key, value] of Object.entries(own)) {
      if (!Object.hasOwn(defaults, key)) throw new ArgumentError(op, `unknown setting '${key}' in a group`);
      if (value !== undefined) settings[key] = value;
    }
    check(settings as Settings);
    const members = namedTensorsOf(op, parameters);
    for (const [name, tensor] of members) {
      if (names.has(name)) throw new ArgumentError(op, `the parameter name '${name}' comes twice`);
      if (tensors.has(tensor)) throw new ArgumentError(op, `the parameter '${name}' is in the list already`);
      names.add(name);
      tensors.add(tensor);
    }
    const group = { names: members.map(([name]) => name), tensors: members.map(([, tensor]) => tensor) };
    checkAlive(op, group.names, group.tensors);
    return { ...group, settings: settings as Settings };
  });
  if (tensors.size === 0) throw new ArgumentError(op, 'there are no parameters to optimize');
  return resolved;
}

/** Throws ArgumentError unless every named setting is a finite number within [least, below). */
export function checkNumbers(
  op: string,
  settings: Readonly<Record<string, number>>,
  least = 0,
  below = Number.POSITIVE_INFINITY,
): void {
  for (const [name, value] of Object.entries(settings)) {
    if (Number.isFinite(value) && value >= least && value < below) continue;
    const bound = Number.isFinite(below) ? ` and below ${below}` : '';
    throw new ArgumentError(op, `${name} must be a number of at least ${least}${bound}`, {
      got: String(value),
    });
  }
}

/**
 * Two groups, as BERT was trained: matrices with weight decay, biases and norm weights (all of one
 * dimension) without.
 *
 * @example new AdamW(noDecayOnBiasAndNorm(model.namedParameters(), 0.01), { lr: 2e-5 })
 */
export function noDecayOnBiasAndNorm(
  parameters: Iterable<NamedParameter>,
  weightDecay = 0.01,
): { parameters: NamedParameter[]; weightDecay: number }[] {
  const decayed: NamedParameter[] = [];
  const plain: NamedParameter[] = [];
  for (const entry of namedTensorsOf('noDecayOnBiasAndNorm', parameters)) {
    const [name, tensor] = entry;
    const exempt = tensor.ndim < 2 || name === 'bias' || name.endsWith('.bias');
    (exempt ? plain : decayed).push(entry);
  }
  return [
    { parameters: decayed, weightDecay },
    { parameters: plain, weightDecay: 0 },
  ].filter((group) => group.parameters.length > 0);
}
