import { setImmediate as nextTurn } from 'node:timers/promises';
import { scope, type Tensor } from '@ragwright/torch';
import { Module, type PackedBatch } from '@ragwright/torch/nn';
import { ConfigError } from '../../base/errors.ts';
import type { Tokenizer } from '../../text/types.ts';
import { pool } from '../embedding/pooling.ts';
import { fingerprintOf, shapeOf } from '../fingerprint.ts';
import type { Encoder } from '../types.ts';
import type { SequenceClassificationHead } from './heads.ts';
import type { PairScorer } from './pairScorer.ts';
import { type RerankerOptions, rerankerOf, type TextReranker } from './reranker.ts';
import { saveCrossEncoder } from './save.ts';
import { scorePairs } from './scorePairs.ts';
import type { CrossEncoderSettings, QueryPassage, ScorePairsOptions, TokenizedPairs } from './types.ts';

export interface CrossEncoderParts {
  readonly encoder: Encoder;
  readonly head: SequenceClassificationHead;
  readonly tokenizer: Tokenizer;
  readonly settings: CrossEncoderSettings;
  /** Where it was loaded from; its tokenizer files are copied when it is saved. */
  readonly folder?: string | undefined;
  /** Whether the head is new: it must be trained before it can rank. */
  readonly hasNewHead?: boolean;
  /** What a person should know about how it was loaded. */
  readonly notices?: readonly string[];
}

// Keys of config.json that say what `settings` says, or name the labels.
const besides = [
  'id2label',
  'label2id',
  'num_labels',
  'problem_type',
  'sentence_transformers',
  'sbert_ce_default_activation_function',
];

// The event loop gets its turn after so many milliseconds of tokenising.
const TURN = 20;

/**
 * Pairs of query and passage → logits: an encoder that reads both together, and a classification head (Nogueira & Cho,
 * arXiv 1901.04085). Owns both.
 */
export class CrossEncoder extends Module implements PairScorer {
  readonly encoder: Encoder;
  readonly head: SequenceClassificationHead;
  readonly tokenizer: Tokenizer;
  readonly settings: CrossEncoderSettings;
  readonly folder: string | undefined;
  /** Whether the head was new when the model was made: it must be trained before it can rank. */
  readonly hasNewHead: boolean;
  readonly notices: readonly string[];

  constructor(parts: CrossEncoderParts) {
    super();
    this.encoder = parts.encoder;
    this.head = parts.head;
    this.tokenizer = parts.tokenizer;
    this.settings = parts.settings;
    this.folder = parts.folder;
    this.hasNewHead = parts.hasNewHead ?? false;
    this.notices = parts.notices ?? [];
  }

  /** Where the weights are. */
  get device(): string {
    return this.encoder.parameters()[0]?.device ?? 'cpu';
  }

  get maxSeqLength(): number {
    return this.settings.maxSeqLength;
  }

  /** Logits [sequences, labels] in the batch's order, float32 or wider: what losses see. */
  forward(batch: PackedBatch): Tensor {
    return scope(() => {
      const pooled =
        this.head.pooling === 'cls'
          ? this.encoder.forwardFirst(batch)
          : pool(this.encoder.forward(batch).hidden, batch.lengths, ['mean']);
      const { dtype } = this.head.parameters()[0] as Tensor;
      const logits = this.head.forward(pooled.dtype === dtype ? pooled : pooled.to(dtype));
      return isHalf(logits) ? logits.to('float32') : logits;
    });
  }

  /** Activated outputs [sequences, labels], float32 or wider: what `predict` gives. */
  scores(batch: PackedBatch): Tensor {
    return scope(() => {
      const logits = this.forward(batch);
      return this.settings.activation === 'sigmoid' ? logits.sigmoid() : logits;
    });
  }

  /** Pairs as token ids, cut to `maxSeqLength`: the longer side first, as sentence-transformers does. */
  async tokenizePairs(pairs: readonly QueryPassage[]): Promise<TokenizedPairs> {
    const maxLength = this.settings.maxSeqLength;
    const sequences: Int32Array[] = [];
    const segmentIds: Int32Array[] = [];
    let turn = performance.now();
    for (const [query, passage] of pairs) {
      const encoding = this.tokenizer.encodePair(query, passage, { maxLength });
      sequences.push(encoding.ids);
      if (encoding.segmentIds) segmentIds.push(encoding.segmentIds);
      if (performance.now() - turn < TURN) continue;
      await nextTurn();
      turn = performance.now();
    }
    const segmented = segmentsOf(this.encoder) > 1 && segmentIds.length === pairs.length;
    return segmented ? { sequences, segmentIds } : { sequences };
  }

  /**
   * Activated outputs of pairs, in their order, [labels] each; always in evaluation mode and without gradients. Pairs
   * are sorted by length and packed, equal ones computed once; the event loop gets its turn before each pass.
   *
   * @throws the signal's reason when it is aborted
   */
  predict(pairs: readonly QueryPassage[], options: ScorePairsOptions = {}): Promise<Float32Array[]> {
    return scorePairs(this, pairs, options);
  }

  /**
   * One number per pair, the higher the better; as {@link predict}.
   *
   * @throws ConfigError if the model has several labels
   */
  async score(pairs: readonly QueryPassage[], options: ScorePairsOptions = {}): Promise<Float32Array> {
    this.#checkOneLabel('CrossEncoder.score');
    const rows = await this.predict(pairs, options);
    return Float32Array.from(rows, ([score]) => score as number);
  }

  /**
   * For retrieval. The fingerprint is that of the weights now.
   *
   * @throws ConfigError if the model has several labels, or for windows that don't fit
   */
  reranker(options: RerankerOptions = {}): TextReranker {
    this.#checkOneLabel('CrossEncoder.reranker');
    return rerankerOf(this, options);
  }

  #checkOneLabel(op: string): void {
    const { labels } = this.settings;
    if (labels === 1) return;
    const expected = '1: a model with one score per pair; for several, use predict()';
    throw new ConfigError(op, [{ field: 'settings.labels', expected, got: String(labels) }]);
  }

  /** Changes whenever the scores would: hash of weights, tokenizer and settings. */
  fingerprint(): string {
    const { settings, tokenizer } = this;
    const about = { ...shapeOf(this.encoder, besides), settings, tokenizer: tokenizer.fingerprint };
    return fingerprintOf(this.stateDict(), about);
  }

  /**
   * Writes the model in sentence-transformers' cross-encoder layout, which transformers'
   * `AutoModelForSequenceClassification` takes too: to a temporary folder beside it, then renamed; a model that was
   * there is replaced.
   *
   * @param options.readme content of README.md, the model card; default: a short one
   * @throws EncoderStateError if the encoder carries adapters that are not merged; FileError, or the system's error
   */
  save(folder: string, options: { readonly readme?: string } = {}): Promise<void> {
    return saveCrossEncoder(this, folder, options);
  }

  override dispose(): void {
    super.dispose();
    void this.tokenizer.close();
  }
}

const isHalf = ({ dtype }: Tensor): boolean => dtype === 'bfloat16' || dtype === 'float16';

/** Rows of the encoder's table of segments; 0 where it has none. */
function segmentsOf({ config }: Encoder): number {
  const { segments } = config as { readonly segments?: number };
  return segments ?? 0;
}
