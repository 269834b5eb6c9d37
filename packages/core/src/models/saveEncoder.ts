import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tensor } from '@ragwright/torch';
import { writeSafetensors } from '@ragwright/torch/safetensors';
import { writeFileAtomic } from '../base/atomicFile.ts';
import { RagwrightError } from '../base/errors.ts';
import { architectureOf } from './architectures.ts';
import { ConfigReader } from './configFile.ts';
import { configText } from './configText.ts';
import type { Encoder } from './types.ts';

/** The encoder is not in a state that can be written as a checkpoint. */
export class EncoderStateError extends RagwrightError {}

/**
 * An encoder's weights under the names of transformers' base model, on its device. Live: training changes them.
 *
 * @throws EncoderStateError if it carries adapters, whose weights the base model has no names for
 */
export function encoderWeights(encoder: Encoder): Map<string, Tensor> {
  const weights = encoder.stateDict();
  const adapted = [...weights.keys()].find((name) => /\.(base_layer|lora_[AB])\./.test(name));
  if (adapted !== undefined) {
    throw new EncoderStateError(
      `the encoder has adapters (${adapted}): call mergeAndUnload() first, or save them with saveAdapter`,
    );
  }
  return weights;
}

/** config.json of an encoder: what it was made from, with the class and the dtype as they are now. */
export function encoderConfigJson(encoder: Encoder): Record<string, unknown> {
  const { json, modelType } = encoder.config;
  const named = { ...json, model_type: modelType };
  const { className } = architectureOf(new ConfigReader('config.json', named));
  const [first] = encoder.parameters();
  const dtype = first?.dtype ?? 'float32';
  const { torch_dtype: _, ...rest }: Record<string, unknown> = named; // the older name of dtype
  return { ...rest, architectures: [className], dtype };
}

/**
 * Writes config.json and model.safetensors as transformers' `save_pretrained` does, so that `AutoModel` and
 * sentence-transformers load the folder. Other files in it are left alone. Each file is there complete or not at all.
 *
 * @throws EncoderStateError if the encoder carries adapters; FileError if it can't be written
 */
export async function saveEncoder(encoder: Encoder, folder: string): Promise<void> {
  const weights = encoderWeights(encoder);
  await mkdir(folder, { recursive: true });
  writeSafetensors(join(folder, 'model.safetensors'), weights, { metadata: { format: 'pt' } });
  await writeFileAtomic(join(folder, 'config.json'), configText(encoderConfigJson(encoder)));
}
