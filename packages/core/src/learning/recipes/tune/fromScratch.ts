import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { manualSeed } from '@ragwright/torch';
import type { RunEvent } from '../../../base/progress.ts';
import type { Document } from '../../../corpus/index.ts';
import { EmbeddingModel, loadEmbeddingModel, Normalize } from '../../../models/embedding/index.ts';
import { newEncoder } from '../../../models/index.ts';
import { tokenizerFromJson, trainWordPiece } from '../../../text/index.ts';
import { filterPairs, synthesizePairs, type TrainingPair } from '../../pairs/index.ts';
import { tuneEmbedder } from '../embedder.ts';
import type { Precision } from '../precision.ts';

interface FromScratchOptions {
  readonly runFolder: string;
  readonly precision: Precision;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ScratchModel {
  readonly model: EmbeddingModel;
  readonly folder: string;
}

/** A BERT small enough to learn something from a thousand documents in a minute on two cores. */
const shape = {
  model_type: 'bert',
  hidden_size: 192,
  num_hidden_layers: 3,
  num_attention_heads: 6,
  intermediate_size: 768,
  max_position_embeddings: 256,
} as const;

/**
 * A small embedding model that has seen nothing but these documents: a vocabulary of their own, a BERT of three
 * layers, and pairs made by inverse cloze and cropping (Contriever, arXiv 2112.09118). Kept in `from-scratch/` of the
 * run folder, so that running again does not train it again.
 */
export async function* trainFromScratch(
  documents: readonly Document[],
  { runFolder, precision, seed, signal }: FromScratchOptions,
): AsyncGenerator<RunEvent, ScratchModel, undefined> {
  const folder = join(runFolder, 'from-scratch');
  const saved = join(folder, 'model');
  if (existsSync(saved)) return { model: await loadEmbeddingModel(saved), folder: saved };
  const json = await trainWordPiece(documents.map(({ text }) => text));
  const tokenizer = tokenizerFromJson(json);
  manualSeed(seed);
  const encoder = newEncoder({ ...shape, vocab_size: tokenizer.vocabSize });
  const model = new EmbeddingModel({
    encoder,
    tokenizer,
    heads: [new Normalize()],
    settings: {
      pooling: { modes: ['mean'], includePrompt: true },
      maxSeqLength: shape.max_position_embeddings,
      prompts: {},
      defaultPromptName: null,
      similarity: 'cosine',
      truncateDimensions: null,
      lowercase: false,
    },
  });
  const training = tuneEmbedder({
    model,
    pairs: await madePairs(documents, seed, signal),
    settings: { epochs: 3, batchSize: 64, learningRate: 5e-4, precision, seed },
    runFolder: folder,
    record: false,
    resume: true,
    ...(signal && { signal }),
  });
  for (;;) {
    const next = await training.next();
    if (next.done) {
      signal?.throwIfAborted();
      return { model: next.value.model, folder: saved };
    }
    yield inScratch(next.value);
  }
}

async function madePairs(
  documents: readonly Document[],
  seed: number,
  signal: AbortSignal | undefined,
): Promise<TrainingPair[]> {
  const passages = documents.map(({ id, text }) => ({ id, documentId: id, text }));
  const made: TrainingPair[] = [];
  const options = { perPassage: { 'inverse-cloze': 1, crop: 2 }, seed, ...(signal && { signal }) };
  for await (const pair of synthesizePairs(passages, options)) made.push(pair);
  return filterPairs(made).kept;
}

/** Its stages and steps must not be taken for those of the model that is tuned. */
const inScratch = (event: RunEvent): RunEvent =>
  'stage' in event ? { ...event, stage: `from scratch: ${event.stage}` } : event;
