import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeSafetensors } from '@ragwright/torch/safetensors';
import { writeFolderAtomic } from '../../base/atomicFolder.ts';
import { ConfigError } from '../../base/errors.ts';
import { saveEncoder } from '../saveEncoder.ts';
import { saveTokenizer } from '../saveTokenizer.ts';
import { activationClass } from './activationNames.ts';
import type { EmbeddingModel } from './embeddingModel.ts';
import { Dense, type Head } from './heads.ts';

/** As the files of a model folder are written. */
export const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** See `EmbeddingModel.save`. */
export async function saveEmbeddingModel(
  model: EmbeddingModel,
  folder: string,
  options: { readonly readme?: string },
): Promise<void> {
  await writeFolderAtomic(resolve(folder), async (temporary) => {
    await saveEncoder(model.encoder, temporary);
    await saveTokenizer(model, model.settings.maxSeqLength, temporary);
    await writeLayout(model, temporary);
    await writeFile(join(temporary, 'README.md'), options.readme ?? shortCard(model));
  });
}

/** The JSON files that sentence-transformers (old and new) and text-embeddings-inference look for. */
async function writeLayout({ encoder, heads, settings }: EmbeddingModel, target: string): Promise<void> {
  const { modes, includePrompt } = settings.pooling;
  const hidden = encoder.config.hiddenSize;
  const write = (name: string, value: unknown) => writeFile(join(target, name), json(value));
  const folders = heads.map((head, i) => `${i + 2}_${head instanceof Dense ? 'Dense' : 'Normalize'}`);
  // The names of modules before version 6, which 6 still takes and text-embeddings-inference looks for.
  const module = (path: string, idx: number) => ({
    idx,
    name: String(idx),
    path,
    type: `sentence_transformers.models.${path === '' ? 'Transformer' : path.slice(path.indexOf('_') + 1)}`,
  });
  await write('modules.json', ['', '1_Pooling', ...folders].map(module));
  await write('sentence_bert_config.json', {
    max_seq_length: settings.maxSeqLength,
    do_lower_case: settings.lowercase,
  });
  await write('config_sentence_transformers.json', {
    model_type: 'SentenceTransformer',
    prompts: settings.prompts,
    default_prompt_name: settings.defaultPromptName,
    similarity_fn_name: settings.similarity,
    ...(settings.truncateDimensions !== null && { truncate_dim: settings.truncateDimensions }),
  });
  await mkdir(join(target, '1_Pooling'));
  await write('1_Pooling/config.json', {
    embedding_dimension: hidden,
    pooling_mode: modes.length === 1 ? modes[0] : modes,
    include_prompt: includePrompt,
    word_embedding_dimension: hidden,
    pooling_mode_cls_token: modes.includes('cls'),
    pooling_mode_max_tokens: modes.includes('max'),
    pooling_mode_mean_tokens: modes.includes('mean'),
    pooling_mode_mean_sqrt_len_tokens: modes.includes('mean_sqrt_len_tokens'),
    pooling_mode_weightedmean_tokens: modes.includes('weightedmean'),
    pooling_mode_lasttoken: modes.includes('lasttoken'),
  });
  for (const [i, head] of heads.entries()) {
    const place = folders[i] as string;
    await mkdir(join(target, place));
    await write(`${place}/config.json`, headConfig(head));
    if (!(head instanceof Dense)) continue;
    writeSafetensors(join(target, place, 'model.safetensors'), head.stateDict(), {
      metadata: { format: 'pt' },
    });
  }
}

export function headConfig(head: Head): Record<string, unknown> {
  if (!(head instanceof Dense)) return {};
  const { inFeatures, outFeatures, bias, activation } = head.settings;
  const activation_function = activationClass(activation);
  if (activation_function === undefined) {
    const expected = 'one that PyTorch has a class for';
    throw new ConfigError('Dense', [{ field: 'activation', expected, got: activation }]);
  }
  return { in_features: inFeatures, out_features: outFeatures, bias, activation_function };
}

const shortCard = ({ settings, dimensions }: EmbeddingModel): string => `---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags:
- sentence-transformers
- feature-extraction
---

An embedding model: texts of up to ${settings.maxSeqLength} tokens → vectors of ${dimensions} numbers, compared by
${settings.similarity}. Written by Ragwright.
`;
