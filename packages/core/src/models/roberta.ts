import { scope, type Tensor } from '@ragwright/torch';
import {
  allOrNothing,
  checkParameterOptions,
  Linear,
  Module,
  type PackedBatch,
  sortByLength,
} from '@ragwright/torch/nn';
import { type BertOptions, type BertOutput, poolFirst } from './bert.ts';
import { BertEmbeddings } from './bertEmbeddings.ts';
import { BertLayer } from './bertLayer.ts';
import { firstRows, initializeBert, initializeOrDispose, throughLayers } from './encoderParts.ts';
import type { RobertaConfig } from './robertaConfig.ts';
import type { Encoder } from './types.ts';

/**
 * RoBERTa (Liu et al., arXiv 1907.11692) and XLM-RoBERTa (Conneau et al., arXiv 1911.02116), after transformers'
 * modeling_roberta.py: BERT's layers, with positions counted from `pad_token_id` + 1.
 */
export class Roberta extends Module implements Encoder {
  readonly config: RobertaConfig;
  readonly embeddings: BertEmbeddings;
  readonly encoder: { readonly layer: readonly BertLayer[] };
  readonly pooler?: { readonly dense: Linear };

  /** Weights are new (N(0, initializerRange²), biases 0) unless `options.uninitialized`. */
  constructor(config: RobertaConfig, options: BertOptions = {}) {
    super();
    checkParameterOptions('Roberta', options, ['pooler']);
    const { pooler: hasPooler = true, ...place } = options;
    const { hiddenSize } = config;
    this.config = config;
    const { embeddings, encoder, pooler } = allOrNothing(() => ({
      embeddings: new BertEmbeddings({ ...config, firstPosition: config.padTokenId + 1 }, place),
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
    this.embeddings.check('Roberta.forward', batch);
    return throughLayers(this.layers, this.embeddings.forward(batch), rows, (layer, x, some) =>
      layer.forward(x, batch, some),
    );
  }
}
