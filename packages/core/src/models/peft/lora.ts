import type { Tensor } from '@ragwright/torch';
import type { Linear } from '@ragwright/torch/nn';
import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import type { Encoder } from '../types.ts';
import { LoraLinear } from './loraLinear.ts';
import { modulePath, replaceModule } from './modulePath.ts';
import { targetNames } from './targets.ts';
import type { LoraOptions, LoraSettings } from './types.ts';

/** The adapters of a model. */
export class Lora {
  readonly model: Encoder;
  readonly settings: LoraSettings;
  /** By the name of the layer that each one adapts. */
  readonly layers: ReadonlyMap<string, LoraLinear>;
  /** What was trained before the base was frozen. */
  readonly #trained: readonly Tensor[];

  constructor(
    model: Encoder,
    settings: LoraSettings,
    layers: ReadonlyMap<string, LoraLinear>,
    trained: readonly Tensor[],
  ) {
    this.model = model;
    this.settings = settings;
    this.layers = layers;
    this.#trained = trained;
  }

  /** The adapters' weights under the names that they have in the model: what an optimizer trains. */
  namedParameters(): [name: string, tensor: Tensor][] {
    return [...this.layers].flatMap(([name, { lora_A, lora_B }]): [string, Tensor][] => [
      [`${name}.lora_A.weight`, lora_A.weight],
      [`${name}.lora_B.weight`, lora_B.weight],
    ]);
  }

  /** Adds the adapters into the base weights: the same results without their cost. Not for training. */
  merge(): void {
    for (const layer of this.layers.values()) layer.merge();
  }

  /** Takes them out again. */
  unmerge(): void {
    for (const layer of this.layers.values()) layer.unmerge();
  }

  /** Merges, then removes the adapters: a plain model that can be saved. This object cannot be used afterwards. */
  mergeAndUnload(): void {
    this.merge();
    this.#remove();
  }

  /** Removes the adapters: the model as it was. This object cannot be used afterwards. */
  unload(): void {
    this.unmerge();
    this.#remove();
  }

  #remove(): void {
    for (const [name, layer] of this.layers) {
      replaceModule(this.model, name, layer.base_layer);
      layer.base_layer.train(layer.training);
      layer.lora_A.dispose();
      layer.lora_B.dispose();
    }
    for (const tensor of this.#trained) tensor.requiresGrad_(true);
  }
}

/**
 * Puts a LoRA adapter on linear layers of an encoder and freezes everything else: only the adapters are trained.
 * Make the optimizer from `lora.namedParameters()`.
 *
 * @throws ConfigError that lists every option that is wrong, or the layers there are if no target is among them
 */
export function addLora(model: Encoder, options: LoraOptions = {}): Lora {
  const settings = resolveLora(options);
  const { targets = 'all-linear' } = options;
  return attach(model, targetNames(model, targets), settings);
}

/** Puts adapters on these layers. */
export function attach(model: Encoder, names: readonly string[], settings: LoraSettings): Lora {
  const made = new Map<string, LoraLinear>();
  try {
    for (const name of names) {
      made.set(name, new LoraLinear(modulePath(model, name) as Linear, settings));
    }
  } catch (error) {
    for (const { lora_A, lora_B } of made.values()) {
      lora_A.dispose();
      lora_B.dispose();
    }
    throw error;
  }
  const trained = model.parameters().filter((tensor) => tensor.requiresGrad);
  model.freeze();
  for (const [name, layer] of made) replaceModule(model, name, layer);
  return new Lora(model, settings, made, trained);
}

function resolveLora(options: LoraOptions): LoraSettings {
  const problems: ConfigProblem[] = [];
  const known = ['rank', 'alpha', 'dropout', 'targets', 'rslora'];
  for (const key of Object.keys(options)) {
    if (!known.includes(key))
      problems.push({ field: key, expected: `one of ${known.join(', ')}`, got: 'another key' });
  }
  const { rank = 8, dropout = 0, rslora = false } = options;
  const { alpha = 2 * rank } = options;
  const check = (fine: boolean, field: string, expected: string, got: unknown): void => {
    if (!fine) problems.push({ field, expected, got: String(got) });
  };
  check(Number.isSafeInteger(rank) && rank >= 1, 'rank', 'a whole number of at least 1', rank);
  check(Number.isFinite(alpha) && alpha > 0, 'alpha', 'a number above 0', alpha);
  check(
    typeof dropout === 'number' && dropout >= 0 && dropout < 1,
    'dropout',
    'at least 0 and below 1',
    dropout,
  );
  check(typeof rslora === 'boolean', 'rslora', 'true or false', rslora);
  if (problems.length > 0) throw new ConfigError('addLora', problems);
  return { rank, alpha, dropout, rslora };
}
