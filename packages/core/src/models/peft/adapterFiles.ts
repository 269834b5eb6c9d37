import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Linear } from '@ragwright/torch/nn';
import { openSafetensors, writeSafetensors } from '@ragwright/torch/safetensors';
import { writeJsonAtomic } from '../../base/atomicFile.ts';
import { DataError } from '../../base/errors.ts';
import { type ConfigReader, openConfig } from '../configFile.ts';
import type { Encoder } from '../types.ts';
import { attach, type Lora } from './lora.ts';
import { modulePath } from './modulePath.ts';
import type { LoraSettings } from './types.ts';

/** What PEFT puts before a layer's name. */
const PREFIX = 'base_model.model.';

/** Before the encoder's own names if the adapter was trained on a task model. */
const taskPrefix = /^(bert|roberta|mpnet|distilbert|model)\./;

export interface SaveAdapterOptions {
  /** Name or folder of the base model, for whoever loads the adapter (`base_model_name_or_path`); default null. */
  readonly baseModel?: string;
}

/**
 * Writes the adapters in PEFT's layout: adapter_config.json and adapter_model.safetensors. Each file is there complete
 * or not at all.
 */
export async function saveAdapter(
  lora: Lora,
  folder: string,
  options: SaveAdapterOptions = {},
): Promise<void> {
  const { rank, alpha, dropout, rslora } = lora.settings;
  await mkdir(folder, { recursive: true });
  const weights = new Map(lora.namedParameters().map(([name, tensor]) => [`${PREFIX}${name}`, tensor]));
  writeSafetensors(join(folder, 'adapter_model.safetensors'), weights, { metadata: { format: 'pt' } });
  await writeJsonAtomic(join(folder, 'adapter_config.json'), {
    base_model_name_or_path: options.baseModel ?? null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    lora_alpha: alpha,
    lora_dropout: dropout,
    modules_to_save: null,
    peft_type: 'LORA',
    r: rank,
    target_modules: [...lora.layers.keys()],
    task_type: 'FEATURE_EXTRACTION',
    use_rslora: rslora,
  });
}

/**
 * Puts a LoRA adapter in PEFT's layout on its base model. The layers are those in the weights file, whatever
 * `target_modules` says. The model's other weights are frozen, as by `addLora`.
 *
 * @throws ConfigError for kinds of adapters that are not supported (DoRA, biases, further saved modules, ranks by
 *   layer …); DataError if the weights do not fit the model or the config; SafetensorsError
 */
export async function loadAdapter(model: Encoder, folder: string): Promise<Lora> {
  const settings = settingsOf(await openConfig(join(folder, 'adapter_config.json')));
  const path = join(folder, 'adapter_model.safetensors');
  using file = openSafetensors(path);
  const names = new Map<string, string>(); // a layer's name in the file → in the model
  for (const name of file.names) {
    const layer = /^base_model\.model\.(.+)\.lora_[AB]\.weight$/.exec(name)?.[1];
    if (layer === undefined) {
      const expected = `${PREFIX}<layer>.lora_A.weight or lora_B.weight`;
      throw new DataError({ file: path, field: name, expected, got: 'another weight' });
    }
    if (!names.has(layer)) names.set(layer, inModel(model, layer, path));
  }
  checkShapes(model, names, settings, file, path);
  const lora = attach(model, [...names.values()], settings);
  try {
    const inFile = new Map([...names].map(([from, to]) => [to, from]));
    for (const [name, { lora_A, lora_B }] of lora.layers) {
      const from = `${PREFIX}${inFile.get(name)}`;
      lora_A.loadStateDict({ weight: file.tensor(`${from}.lora_A.weight`) });
      lora_B.loadStateDict({ weight: file.tensor(`${from}.lora_B.weight`) });
    }
  } catch (error) {
    lora.unload();
    throw error;
  }
  return lora;
}

function inModel(model: Encoder, layer: string, file: string): string {
  const found = [layer, layer.replace(taskPrefix, '')].find(
    (name) => modulePath(model, name) instanceof Linear,
  );
  if (found !== undefined) return found;
  throw new DataError({
    file,
    field: layer,
    expected: 'a linear layer of this model without an adapter',
    got: 'no such layer',
    hint: 'load the adapter on the model that it was trained on',
  });
}

interface Shapes {
  readonly names: Iterable<string>;
  info(name: string): { readonly shape: readonly number[] };
}

/** Before anything is changed. */
function checkShapes(
  model: Encoder,
  names: ReadonlyMap<string, string>,
  { rank }: LoraSettings,
  file: Shapes,
  path: string,
): void {
  const present = new Set(file.names);
  for (const [from, to] of names) {
    const [outputs, inputs] = (modulePath(model, to) as Linear).weight.shape as [number, number];
    for (const [part, expected] of [
      ['lora_A', [rank, inputs]],
      ['lora_B', [outputs, rank]],
    ] as const) {
      const name = `${PREFIX}${from}.${part}.weight`;
      const got = present.has(name) ? `[${file.info(name).shape.join(', ')}]` : 'nothing';
      const wanted = `[${expected.join(', ')}]`;
      if (got !== wanted) throw new DataError({ file: path, field: name, expected: `shape ${wanted}`, got });
    }
  }
}

/** Refuses what would change the results if it were passed over. */
function settingsOf(reader: ConfigReader): LoraSettings {
  const rank = reader.count('r', 8);
  reader.only('peft_type', 'LORA');
  reader.only('bias', 'none');
  for (const field of ['fan_in_fan_out', 'use_dora', 'lora_bias', 'use_qalora']) reader.only(field, false);
  for (const field of ['rank_pattern', 'alpha_pattern']) {
    const inner = reader.within(field);
    if (Object.keys(inner.json).length > 0)
      reader.problem(field, '{}: it is not supported', JSON.stringify(inner.json));
  }
  for (const field of [
    'modules_to_save',
    'layer_replication',
    'trainable_token_indices',
    'alora_invocation_tokens',
  ])
    reader.absent(field);
  const settings: LoraSettings = {
    rank,
    alpha: reader.number('lora_alpha', 8, Number.MIN_VALUE),
    dropout: reader.number('lora_dropout', 0, 0, 1),
    rslora: reader.flag('use_rslora', false),
  };
  reader.finish();
  return settings;
}
