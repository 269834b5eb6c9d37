import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tensor } from '@ragwright/torch';
import { writeSafetensors } from '@ragwright/torch/safetensors';
import { writeFolderAtomic } from '../../base/atomicFolder.ts';
import { architectureOf } from '../architectures.ts';
import { ConfigReader } from '../configFile.ts';
import { configText } from '../configText.ts';
import { json } from '../embedding/save.ts';
import { encoderConfigJson, encoderWeights } from '../saveEncoder.ts';
import { saveTokenizer } from '../saveTokenizer.ts';
import { mlmHeadOf } from './mlmHeads.ts';
import type { SparseEmbeddingModel } from './sparseModel.ts';

/** See `SparseEmbeddingModel.save`. */
export async function saveSparseModel(
  model: SparseEmbeddingModel,
  folder: string,
  options: { readonly readme?: string },
): Promise<void> {
  await writeFolderAtomic(resolve(folder), async (temporary) => {
    const write = (name: string, value: unknown) => writeFile(join(temporary, name), json(value));
    const { className } = mlmHeadOf(model.encoder).names;
    writeSafetensors(join(temporary, 'model.safetensors'), maskedLmWeights(model), {
      metadata: { format: 'pt' },
    });
    const config = { ...encoderConfigJson(model.encoder), architectures: [className] };
    await writeFile(join(temporary, 'config.json'), configText(config));
    await saveTokenizer(model, model.settings.maxSeqLength, temporary);
    await writeLayout(model, temporary, write);
    await writeFile(join(temporary, 'README.md'), options.readme ?? shortCard(model));
  });
}

/** Under the names of transformers' masked language model, which has no pooler; the last layer is tied. */
function maskedLmWeights({ encoder, head }: SparseEmbeddingModel): Map<string, Tensor> {
  const { names } = mlmHeadOf(encoder);
  const { prefix } = architectureOf(
    new ConfigReader('config.json', { model_type: encoder.config.modelType }),
  );
  const weights = new Map<string, Tensor>();
  for (const [name, tensor] of encoderWeights(encoder))
    if (!name.startsWith('pooler.')) weights.set(prefix + name, tensor);
  for (const [name, tensor] of head.stateDict()) {
    const [part = '', rest = ''] = name.split('.');
    const named = part === 'dense' || part === 'norm' ? `${names[part]}.${rest}` : names.bias[0];
    weights.set(named, tensor);
  }
  return weights;
}

/** The JSON files that sentence-transformers 5 and 6 look for. */
async function writeLayout(
  { encoder, settings }: SparseEmbeddingModel,
  target: string,
  write: (name: string, value: unknown) => Promise<void>,
): Promise<void> {
  const module = (name: string, idx: number) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? '' : `${idx}_${name}`,
    type: `sentence_transformers.sparse_encoder.models.${name}`, // version 5's names, which 6 still takes
  });
  await write('modules.json', ['MLMTransformer', 'SpladePooling'].map(module));
  await write('sentence_bert_config.json', {
    max_seq_length: settings.maxSeqLength,
    do_lower_case: settings.lowercase,
  });
  await write('config_sentence_transformers.json', {
    model_type: 'SparseEncoder',
    prompts: settings.prompts,
    default_prompt_name: settings.defaultPromptName,
    similarity_fn_name: 'dot',
  });
  await mkdir(join(target, '1_SpladePooling'));
  await write('1_SpladePooling/config.json', {
    pooling_strategy: settings.pooling,
    activation_function: settings.activation,
    word_embedding_dimension: encoder.config.vocabSize,
  });
}

const shortCard = ({ settings, vocabSize }: SparseEmbeddingModel): string => `---
library_name: sentence-transformers
pipeline_tag: feature-extraction
tags:
- sentence-transformers
- sparse-encoder
- sparse
- splade
---

A sparse embedding model (SPLADE): texts of up to ${settings.maxSeqLength} tokens → weights of ${vocabSize} terms, compared
by their dot product. Written by Ragwright.
`;
