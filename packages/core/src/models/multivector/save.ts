import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writeSafetensors } from '@ragwright/torch/safetensors';
import { writeFolderAtomic } from '../../base/atomicFolder.ts';
import { headConfig, json } from '../embedding/save.ts';
import { saveEncoder } from '../saveEncoder.ts';
import { saveTokenizer } from '../saveTokenizer.ts';
import type { MultiVectorModel } from './multiVectorModel.ts';

const classes = {
  Transformer: 'sentence_transformers.base.modules.transformer.Transformer',
  Dense: 'sentence_transformers.base.modules.dense.Dense',
  MultiVectorMask: 'sentence_transformers.multi_vector_encoder.modules.multi_vector_mask.MultiVectorMask',
  Normalize: 'sentence_transformers.base.modules.normalize.Normalize',
} as const;

const ofTokens = { module_input_name: 'token_embeddings', module_output_name: 'token_embeddings' } as const;

/** See `MultiVectorModel.save`. */
export async function saveMultiVectorModel(
  model: MultiVectorModel,
  folder: string,
  options: { readonly readme?: string },
): Promise<void> {
  const { settings } = model;
  const maxSeqLength = Math.max(settings.queryLength, settings.documentLength);
  await writeFolderAtomic(resolve(folder), async (temporary) => {
    const write = (name: string, value: unknown) => writeFile(join(temporary, name), json(value));
    await saveEncoder(model.encoder, temporary);
    await saveTokenizer(model, maxSeqLength, temporary);
    await write('sentence_bert_config.json', transformerConfig(model, maxSeqLength));
    await write('config_sentence_transformers.json', {
      model_type: 'MultiVectorEncoder',
      prompts: settings.prompts,
      default_prompt_name: settings.defaultPromptName,
      similarity_fn_name: settings.similarity,
    });
    await writeModules(model, temporary, write);
    await writeFile(join(temporary, 'README.md'), options.readme ?? shortCard(model));
  });
}

const transformerConfig = ({ settings }: MultiVectorModel, maxSeqLength: number) => ({
  transformer_task: 'feature-extraction',
  modality_config: { text: { method: 'forward', method_output_name: 'last_hidden_state' } },
  module_output_name: 'token_embeddings',
  max_seq_length: maxSeqLength,
  do_lower_case: settings.lowercase,
  // With expansion to a fixed length that is the limit, and another beside it would be refused.
  query_length: settings.queryExpansion?.strategy === 'fixed' ? null : settings.queryLength,
  document_length: settings.documentLength,
  query_expansion: settings.queryExpansion,
});

/** modules.json, and the folder of each module but the first. */
async function writeModules(
  { dense, settings }: MultiVectorModel,
  target: string,
  write: (name: string, value: unknown) => Promise<void>,
): Promise<void> {
  const kinds = [
    'Transformer',
    ...dense.map(() => 'Dense' as const),
    'MultiVectorMask',
    'Normalize',
  ] as const;
  const modules = kinds.map((kind, idx) => ({
    idx,
    name: String(idx),
    path: idx === 0 ? '' : `${idx}_${kind}`,
    type: classes[kind],
  }));
  await write('modules.json', modules);
  for (const [idx, { path }] of modules.entries()) {
    if (idx === 0) continue;
    await mkdir(join(target, path));
    const layer = dense[idx - 1];
    const mask = { skiplist_words: settings.skiplist, skiplist_tasks: settings.skiplistRoles };
    const own = layer ? headConfig(layer) : kinds[idx] === 'MultiVectorMask' ? mask : {};
    await write(`${path}/config.json`, kinds[idx] === 'MultiVectorMask' ? own : { ...own, ...ofTokens });
    if (!layer) continue;
    const file = join(target, path, 'model.safetensors');
    writeSafetensors(file, layer.stateDict(), { metadata: { format: 'pt' } });
  }
}

const shortCard = ({ settings, dimensions }: MultiVectorModel): string => `---
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags:
- sentence-transformers
- multi-vector
- ColBERT
---

A multi-vector model (ColBERT): texts of up to ${settings.documentLength} tokens → one vector of ${dimensions} numbers per
token, compared by ${settings.similarity}. Written by Ragwright.
`;
