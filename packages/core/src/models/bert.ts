import { IndexError, indexSelect, scope, type Tensor, tanh } from '@ragwright/torch';
import {
  activations,
  allOrNothing,
  checkParameterOptions,
  constantInit,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  normalInit,
  type PackedBatch,
  type ParameterOptions,
  packedAttention,
  sortByLength,
} from '@ragwright/torch/nn';
import type { BertConfig } from './bertConfig.ts';

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
export class Bert extends Module {
  readonly config: BertConfig;
  readonly embeddings: {
    readonly word_embeddings: Embedding;
    readonly position_embeddings: Embedding;
    readonly token_type_embeddings: Embedding;
    readonly LayerNorm: LayerNorm;
    readonly dropout: Dropout;
  };
  readonly encoder: { readonly layer: readonly BertLayer[] };
  readonly pooler?: { readonly dense: Linear };

  /** Weights are new (N(0, initializerRange²), biases 0) unless `options.uninitialized`. */
  constructor(config: BertConfig, options: BertOptions = {}) {
    super();
    checkParameterOptions('Bert', options, ['pooler']);
    this.config = config;
    const { embeddings, encoder, pooler } = allOrNothing(() => partsOf(config, options));
    this.embeddings = embeddings;
    this.encoder = encoder;
    if (pooler) this.pooler = pooler;
    if (options.uninitialized) return;
    try {
      this.#initialize();
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #initialize(): void {
    const std = this.config.initializerRange;
    for (const module of this.modules()) {
      if (module instanceof Linear || module instanceof Embedding) normalInit(module.weight, { std });
      if (module instanceof Linear && module.bias) constantInit(module.bias, 0);
    }
    const { word_embeddings } = this.embeddings;
    const { paddingIdx } = word_embeddings;
    if (paddingIdx !== undefined)
      scope(() => void constantInit(word_embeddings.weight.select(0, paddingIdx), 0));
  }

  /** @throws IndexError if a token, position or segment is outside its embedding table */
  forward(batch: PackedBatch): BertOutput {
    this.#checkRange('token', batch.max.token, 'vocab_size', this.config.vocabSize);
    this.#checkRange('position', batch.max.position, 'max_position_embeddings', this.config.maxPositions);
    this.#checkRange('segment', batch.max.segment, 'type_vocab_size', this.config.segments);
    return scope(() => {
      const sorted = sortByLength(batch);
      let x = this.#embed(sorted.batch);
      for (const layer of this.encoder.layer) x = layer.forward(x, sorted.batch.lengths);
      const hidden = sorted.restore(x);
      if (!this.pooler) return { hidden };
      const starts = batch.cuSeqlens.narrow(0, 0, batch.lengths.length);
      return { hidden, pooled: tanh(this.pooler.dense.forward(indexSelect(hidden, 0, starts))) };
    });
  }

  #embed(batch: PackedBatch): Tensor {
    const { word_embeddings, position_embeddings, token_type_embeddings, LayerNorm, dropout } =
      this.embeddings;
    return scope(() => {
      const words = word_embeddings.forward(batch.tokens);
      const segments = batch.segmentIds
        ? token_type_embeddings.forward(batch.segmentIds)
        : token_type_embeddings.weight.narrow(0, 0, 1); // all tokens are in segment 0: broadcast its row
      const sum = words.add_(segments).add_(position_embeddings.forward(batch.positions));
      return dropout.forward(LayerNorm.forward(sum));
    });
  }

  #checkRange(what: string, largest: number, field: string, size: number): void {
    if (largest < size) return;
    throw new IndexError('Bert.forward', `a ${what} id is outside the embedding table`, {
      expected: `below ${field} (${size})`,
      got: String(largest),
    });
  }
}

function partsOf(
  config: BertConfig,
  { pooler = true, ...options }: BertOptions,
): Pick<Bert, 'embeddings' | 'encoder' | 'pooler'> {
  const { hiddenSize, padTokenId } = config;
  const embeddings = {
    word_embeddings: new Embedding(config.vocabSize, hiddenSize, {
      ...options,
      ...(padTokenId !== null && { paddingIdx: padTokenId }),
    }),
    position_embeddings: new Embedding(config.maxPositions, hiddenSize, options),
    token_type_embeddings: new Embedding(config.segments, hiddenSize, options),
    LayerNorm: new LayerNorm(hiddenSize, { ...options, eps: config.layerNormEps }),
    dropout: new Dropout(config.hiddenDropout),
  };
  const encoder = { layer: Array.from({ length: config.layers }, () => new BertLayer(config, options)) };
  if (!pooler) return { embeddings, encoder };
  return { embeddings, encoder, pooler: { dense: new Linear(hiddenSize, hiddenSize, options) } };
}

/**
 * branch + x, into the branch's memory: a linear layer and dropout do not need their output for the backward
 * pass. Under autocast the branch is narrower than x, and the sum must have the wider type.
 */
const addResidual = (branch: Tensor, x: Tensor): Tensor =>
  branch.dtype === x.dtype ? branch.add_(x) : branch.add(x);

/** Self-attention and a feed-forward network, each with a residual connection and a norm after it. */
class BertLayer extends Module {
  readonly attention: {
    readonly self: { readonly query: Linear; readonly key: Linear; readonly value: Linear };
    readonly output: { readonly dense: Linear; readonly LayerNorm: LayerNorm };
  };
  readonly intermediate: { readonly dense: Linear };
  readonly output: { readonly dense: Linear; readonly LayerNorm: LayerNorm };
  readonly #config: BertConfig;
  readonly dropout: Dropout;

  constructor(config: BertConfig, options: ParameterOptions) {
    super();
    const { hiddenSize, intermediateSize } = config;
    const linear = (from: number, to: number) => new Linear(from, to, options);
    const norm = () => new LayerNorm(hiddenSize, { ...options, eps: config.layerNormEps });
    this.#config = config;
    this.attention = {
      self: {
        query: linear(hiddenSize, hiddenSize),
        key: linear(hiddenSize, hiddenSize),
        value: linear(hiddenSize, hiddenSize),
      },
      output: { dense: linear(hiddenSize, hiddenSize), LayerNorm: norm() },
    };
    this.intermediate = { dense: linear(hiddenSize, intermediateSize) };
    this.output = { dense: linear(intermediateSize, hiddenSize), LayerNorm: norm() };
    this.dropout = new Dropout(config.hiddenDropout);
  }

  /** x [T, hidden] → [T, hidden] */
  forward(x: Tensor, lengths: readonly number[]): Tensor {
    return scope(() => {
      const { dense, LayerNorm } = this.attention.output;
      const attended = this.dropout.forward(dense.forward(this.#attend(x, lengths)));
      const middle = LayerNorm.forward(addResidual(attended, x));
      const wide = activations[this.#config.activation](this.intermediate.dense.forward(middle));
      const narrow = this.dropout.forward(this.output.dense.forward(wide));
      return this.output.LayerNorm.forward(addResidual(narrow, middle));
    });
  }

  #attend(x: Tensor, lengths: readonly number[]): Tensor {
    const { query, key, value } = this.attention.self;
    const { heads, hiddenSize, attentionDropout } = this.#config;
    const split = (y: Tensor): Tensor => y.view([-1, heads, hiddenSize / heads]);
    const dropout = this.training ? attentionDropout : 0;
    const [q, k, v] = [query, key, value].map((linear) => split(linear.forward(x))) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    return packedAttention(q, k, v, lengths, { dropout }).reshape([-1, hiddenSize]);
  }
}
