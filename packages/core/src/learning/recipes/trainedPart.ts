import { join } from 'node:path';
import { manualSeed } from '@ragwright/torch';
import type { Module } from '@ragwright/torch/nn';
import { withoutUndefined } from '../../base/settings.ts';
import { addLora, freeze, type Lora, saveAdapter } from '../../models/peft/index.ts';
import type { Encoder } from '../../models/types.ts';
import type { ResolvedEmbedderSettings } from './embedderSettings.ts';

/** A model on an encoder: what comes after the encoder is trained whole. */
export interface TunableModel extends Module {
  readonly encoder: Encoder;
  /** Where it was loaded from. */
  readonly folder: string | undefined;
}

/** Which weights are trained, until {@link TrainedPart.release}. */
export interface TrainedPart {
  /** "1,234,567 of 22,713,216 weights". */
  readonly summary: string;
  /** Writes the adapter, if there is one, in PEFT's layout, then merges it. Returns the adapter's folder. */
  finish(runFolder: string): Promise<string | undefined>;
  /** The model's own way of training again; adapters that were not merged are removed. */
  release(): void;
}

/**
 * Puts adapters on the model if asked for, and freezes what is not to be trained. New adapters are drawn from the seed.
 *
 * @throws ConfigError for layers or targets that the model does not have; the model is as before then
 */
export function chooseTrained(
  model: TunableModel,
  settings: Pick<ResolvedEmbedderSettings, 'lora' | 'freeze' | 'seed'>,
): TrainedPart {
  const trainedBefore = model.parameters().filter((tensor) => tensor.requiresGrad);
  let lora: Lora | undefined;
  const release = () => {
    lora?.unload();
    lora = undefined;
    for (const tensor of trainedBefore) tensor.requiresGrad_(true);
  };
  try {
    if (settings.lora) {
      manualSeed(settings.seed);
      lora = addLora(model.encoder, withoutUndefined(settings.lora));
    }
    freeze(model.encoder, settings.freeze);
  } catch (error) {
    release();
    throw error;
  }
  return {
    summary: countsOf(model),
    release,
    finish: async (runFolder) => {
      if (!lora) return undefined;
      const folder = join(runFolder, 'adapter');
      await saveAdapter(lora, folder, model.folder === undefined ? {} : { baseModel: model.folder });
      lora.mergeAndUnload();
      lora = undefined;
      return folder;
    },
  };
}

function countsOf(model: TunableModel): string {
  const weights = (tensors: readonly { readonly numel: number }[]): string =>
    tensors.reduce((sum, { numel }) => sum + numel, 0).toLocaleString('en');
  const all = model.parameters();
  return `${weights(all.filter((tensor) => tensor.requiresGrad))} of ${weights(all)} weights`;
}
