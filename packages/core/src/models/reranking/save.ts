import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Tensor } from '@ragwright/torch';
import { writeSafetensors } from '@ragwright/torch/safetensors';
import { writeFolderAtomic } from '../../base/atomicFolder.ts';
import { configText } from '../configText.ts';
import { encoderConfigJson, encoderWeights } from '../saveEncoder.ts';
import { saveTokenizer } from '../saveTokenizer.ts';
import type { CrossEncoder } from './crossEncoder.ts';
import { activationPath } from './layout.ts';
import { checkpointName, planHead } from './newHead.ts';

/** The version whose layout we write. */
const LAYOUT = '6.0.1';

/** See `CrossEncoder.save`. */
export async function saveCrossEncoder(
  model: CrossEncoder,
  folder: string,
  options: { readonly readme?: string },
): Promise<void> {
  const weights = classifierWeights(model);
  await writeFolderAtomic(resolve(folder), async (temporary) => {
    const write = (name: string, value: unknown) =>
      writeFile(join(temporary, name), `${JSON.stringify(value, null, 2)}\n`);
    writeSafetensors(join(temporary, 'model.safetensors'), weights, { metadata: { format: 'pt' } });
    await writeFile(join(temporary, 'config.json'), configText(classifierConfigJson(model)));
    await saveTokenizer(model, model.settings.maxSeqLength, temporary);
    await limitTokenizer(join(temporary, 'tokenizer_config.json'), model.settings.maxSeqLength);
    await writeLayout(model, write);
    await writeFile(join(temporary, 'README.md'), options.readme ?? shortCard(model));
  });
}

/**
 * Weights under transformers' names of …ForSequenceClassification. Live: training changes them.
 *
 * @throws EncoderStateError if the encoder carries adapters
 */
function classifierWeights({ encoder, head, settings }: CrossEncoder): Map<string, Tensor> {
  const { prefix } = planHead(encoder, settings.labels);
  const named = new Map<string, Tensor>();
  for (const [name, tensor] of encoderWeights(encoder)) named.set(prefix + name, tensor);
  for (const [name, tensor] of head.stateDict()) named.set(checkpointName(name, prefix), tensor);
  return named;
}

/** config.json: the encoder's, with the class and the labels, and the activation where versions before 6 look for it. */
function classifierConfigJson({ encoder, settings }: CrossEncoder): Record<string, unknown> {
  const { labels, activation } = settings;
  const {
    num_labels: _, // transformers counts id2label instead
    sbert_ce_default_activation_function: __, // an older place of the activation
    ...json
  } = encoderConfigJson(encoder);
  const kept = json['id2label'];
  const names =
    typeof kept === 'object' && kept !== null && Object.keys(kept).length === labels
      ? (kept as Readonly<Record<string, unknown>>)
      : Object.fromEntries(Array.from({ length: labels }, (___, i) => [String(i), `LABEL_${i}`]));
  return {
    ...json,
    architectures: [planHead(encoder, labels).className],
    id2label: names,
    label2id: Object.fromEntries(Object.entries(names).map(([id, name]) => [String(name), Number(id)])),
    sentence_transformers: { activation_fn: activationPath(activation), version: LAYOUT },
  };
}

/** sentence-transformers takes the longest pair from here. */
async function limitTokenizer(file: string, maxSeqLength: number): Promise<void> {
  const config = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
  if (config['model_max_length'] === maxSeqLength) return;
  await writeFile(file, `${JSON.stringify({ ...config, model_max_length: maxSeqLength }, null, 2)}\n`);
}

async function writeLayout(
  { settings, tokenizer }: CrossEncoder,
  write: (name: string, value: unknown) => Promise<void>,
): Promise<void> {
  const type = 'sentence_transformers.base.modules.transformer.Transformer';
  await write('modules.json', [{ idx: 0, name: '0', path: '', type }]);
  await write('sentence_bert_config.json', {
    transformer_task: 'sequence-classification',
    modality_config: { text: { method: 'forward', method_output_name: 'logits' } },
    module_output_name: 'scores',
    max_seq_length: settings.maxSeqLength,
    ...(tokenizer.lowercase && { do_lower_case: true }),
  });
  await write('config_sentence_transformers.json', {
    model_type: 'CrossEncoder',
    prompts: {},
    default_prompt_name: null,
    activation_fn: activationPath(settings.activation),
  });
}

const shortCard = ({ settings }: CrossEncoder): string => `---
library_name: sentence-transformers
pipeline_tag: text-ranking
tags:
- sentence-transformers
- cross-encoder
- reranker
---

A cross-encoder: pairs of query and passage, of up to ${settings.maxSeqLength} tokens together →
${settings.labels === 1 ? 'a score' : `${settings.labels} outputs`}. Written by Ragwright.
`;
