import { scope, type Tensor, tanh } from '@ragwright/torch';
import {
  allOrNothing,
  checkParameterOptions,
  Linear,
  Module,
  type PackedBatch,
  type ParameterOptions,
  sortByLength,
} from '@ragwright/torch/nn';
import type { BertConfig } from './bertConfig.ts';
import { BertEmbeddings } from './bertEmbeddings.ts';
import { BertLayer } from './bertLayer.ts';
import {
  firstRows,
  firstTokens,
  initializeBert,
  initializeOrDispose,
  throughLayers,
} from './encoderParts.ts';
import type { Encoder } from './types.ts';

/*
 * BERT (Devlin et al., arXiv 1810.04805), after transformers' modeling_bert.py. Fields are called as in the
 * checkpoint: `encoder.layer.0.attention.self.query.weight` is the path to a tensor here too.
 */

export interface BertOutput {
  /** Hidden state of each token after the last layer, [T, hidden], in the batch's order. */
  readonly hidden: Tensor;
  /** tanh(dense(first token)) of each sequence, [sequences, hidden]; absent without pooler weights. */
  readonly pooled?: Tensor;
}

export interface BertOptions extends ParameterOptions {
  /** Whether there is a pooler (default true). */
  readonly pooler?: boolean;
}

/** The encoder. Takes packed batches: no padding is computed anywhere. */
export class Bert extends Module implements Encoder {
  readonly config: BertConfig;
  readonly embeddings: BertEmbeddings;
  readonly encoder: { readonly layer: readonly BertLayer[] };
  readonly pooler?: { readonly dense: Linear };

  /** Weights are new (N(0, initializerRange²), biases 0) unless `options.uninitialized`. */
  constructor(config: BertConfig, options: BertOptions = {}) {
    super();
    checkParameterOptions('Bert', options, ['pooler']);
    const { pooler: hasPooler = true, ...place } = options;
    const { hiddenSize } = config;
    const tables = { ...config, positionRows: config.maxPositions, firstPosition: 0 };
    this.config = config;
    const { embeddings, encoder, pooler } = allOrNothing(() => ({
      embeddings: new BertEmbeddings(tables, place),
      encoder: { layer: Array.from({ length: config.layers }, () => new BertLayer(config, place)) },
      pooler: hasPooler ? { dense: new Linear(hiddenSize, hiddenSize, place) } : undefined,
    }));
    this.embeddings = embeddings;
    this.encoder = encoder;
    if (pooler) this.pooler = pooler;
    if (!options.uninitialized)
      initializeOrDispose(this, () => initializeBert(this, config.initializerRange));
  }

  get layers(): readonly BertLayer[] {
    return this.encoder.layer;
  }

  get embeddingParts(): readonly Module[] {
    return [this.embeddings];
  }

  /** @throws IndexError if a token, position or segment is outside its embedding table */
  forward(batch: PackedBatch): BertOutput {
    return scope(() => {
      const sorted = sortByLength(batch);
      const hidden = sorted.restore(this.#run(sorted.batch));
      return this.pooler ? { hidden, pooled: poolFirst(hidden, this.pooler.dense, batch) } : { hidden };
    });
  }

  /** @throws IndexError as `forward` */
  forwardFirst(batch: PackedBatch): Tensor {
    return scope(() => {
      const sorted = sortByLength(batch);
      return sorted.restoreEach(this.#run(sorted.batch, firstRows(sorted.batch)));
    });
  }

  #run(batch: PackedBatch, rows?: Tensor): Tensor {
    this.embeddings.check('Bert.forward', batch);
    return throughLayers(this.layers, this.embeddings.forward(batch), rows, (layer, x, some) =>
      layer.forward(x, batch, some),
    );
  }
}

/** tanh(dense(first token)) of each sequence: hidden [T, hidden] → [sequences, hidden]. */
export const poolFirst = (hidden: Tensor, dense: Linear, batch: PackedBatch): Tensor =>
  tanh(dense.forward(firstTokens(hidden, batch)));
