import { ArgumentError } from '../errors.ts';
import type { Tensor } from '../tensor/tensor.ts';

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

const isGroup = <Settings>(
  entry: NamedParameter | ParameterGroup<Settings>,
): entry is ParameterGroup<Settings> => !Array.isArray(entry);

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
  const given = [...parameters] as readonly (NamedParameter | ParameterGroup<Settings>)[];
  const groups = given.filter(isGroup);
  const loose = given.filter((entry): entry is NamedParameter => !isGroup(entry));
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
    const members = [...parameters];
    for (const [name, tensor] of members) {
      if (names.has(name)) throw new ArgumentError(op, `the parameter name '${name}' comes twice`);
      if (tensors.has(tensor)) throw new ArgumentError(op, `the parameter '${name}' is in the list already`);
      names.add(name);
      tensors.add(tensor);
    }
    return {
      names: members.map(([name]) => name),
      tensors: members.map(([, tensor]) => tensor),
      settings: settings as Settings,
    };
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
  for (const entry of parameters) {
    const [name, tensor] = entry;
    const exempt = tensor.ndim < 2 || name === 'bias' || name.endsWith('.bias');
    (exempt ? plain : decayed).push(entry);
  }
  return [
    { parameters: decayed, weightDecay },
    { parameters: plain, weightDecay: 0 },
  ].filter((group) => group.parameters.length > 0);
}
