import { scope, type Tensor } from '@ragwright/torch';
import {
  activations,
  allOrNothing,
  checkParameterOptions,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  type PackedBatch,
  type PackedLengths,
  type ParameterOptions,
  sortByLength,
} from '@ragwright/torch/nn';
import type { DistilBertConfig } from './distilbertConfig.ts';
import {
  addResidual,
  checkRange,
  firstRows,
  initializeBert,
  initializeOrDispose,
  rowsOf,
  selfAttention,
  throughLayers,
} from './encoderParts.ts';
import type { Encoder } from './types.ts';

/*
 * DistilBERT (Sanh et al., arXiv 1910.01108), after transformers' modeling_distilbert.py. No segments, no pooler, and
 * no dropout after the attention's output layer.
 */

/** Not in the config: DistilBERT's norms have a fixed epsilon. */
const NORM_EPS = 1e-12;

/** The encoder. Segments of a batch are passed over: the model has none. */
export class DistilBert extends Module implements Encoder {
  readonly config: DistilBertConfig;
  readonly embeddings: {
    readonly word_embeddings: Embedding;
    readonly position_embeddings: Embedding;
    readonly LayerNorm: LayerNorm;
    readonly dropout: Dropout;
  };
  readonly transformer: { readonly layer: readonly DistilBertLayer[] };

  /** Weights are new (N(0, initializerRange²), biases 0) unless `options.uninitialized`. */
  constructor(config: DistilBertConfig, options: ParameterOptions = {}) {
    super();
    checkParameterOptions('DistilBert', options);
    const { hiddenSize, padTokenId } = config;
    const padding = padTokenId === null ? {} : { paddingIdx: padTokenId };
    this.config = config;
    const { embeddings, transformer } = allOrNothing(() => ({
      embeddings: {
        word_embeddings: new Embedding(config.vocabSize, hiddenSize, { ...options, ...padding }),
        position_embeddings: new Embedding(config.maxPositions, hiddenSize, options),
        LayerNorm: new LayerNorm(hiddenSize, { ...options, eps: NORM_EPS }),
        dropout: new Dropout(config.dropout),
      },
      transformer: {
        layer: Array.from({ length: config.layers }, () => new DistilBertLayer(config, options)),
      },
    }));
    this.embeddings = embeddings;
    this.transformer = transformer;
    if (!options.uninitialized)
      initializeOrDispose(this, () => initializeBert(this, config.initializerRange));
  }

  get layers(): readonly DistilBertLayer[] {
    return this.transformer.layer;
  }

  get embeddingParts(): readonly Module[] {
    const { word_embeddings, position_embeddings, LayerNorm } = this.embeddings;
    return [word_embeddings, position_embeddings, LayerNorm];
  }

  /** @throws IndexError if a token or position is outside its embedding table */
  forward(batch: PackedBatch): { readonly hidden: Tensor } {
    return scope(() => {
      const sorted = sortByLength(batch);
      return { hidden: sorted.restore(this.#run(sorted.batch)) };
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
    const { tokens, positions, max } = batch;
    const op = 'DistilBert.forward';
    checkRange(op, 'token', max.token, 'vocab_size', this.config.vocabSize);
    checkRange(op, 'position', max.position, 'max_position_embeddings', this.config.maxPositions);
    const { word_embeddings, position_embeddings, LayerNorm, dropout } = this.embeddings;
    const sum = word_embeddings.forward(tokens).add_(position_embeddings.forward(positions));
    return throughLayers(this.layers, dropout.forward(LayerNorm.forward(sum)), rows, (layer, x, some) =>
      layer.forward(x, batch, some),
    );
  }
}

/** Self-attention and a feed-forward network, each with a residual connection and a norm after it. */
class DistilBertLayer extends Module {
  readonly attention: {
    readonly q_lin: Linear;
    readonly k_lin: Linear;
    readonly v_lin: Linear;
    readonly out_lin: Linear;
  };
  readonly sa_layer_norm: LayerNorm;
  readonly ffn: { readonly lin1: Linear; readonly lin2: Linear };
  readonly output_layer_norm: LayerNorm;
  readonly dropout: Dropout;
  readonly #config: DistilBertConfig;

  constructor(config: DistilBertConfig, options: ParameterOptions) {
    super();
    const { hiddenSize, intermediateSize } = config;
    const linear = (from: number, to: number) => new Linear(from, to, options);
    const norm = () => new LayerNorm(hiddenSize, { ...options, eps: NORM_EPS });
    this.#config = config;
    this.attention = {
      q_lin: linear(hiddenSize, hiddenSize),
      k_lin: linear(hiddenSize, hiddenSize),
      v_lin: linear(hiddenSize, hiddenSize),
      out_lin: linear(hiddenSize, hiddenSize),
    };
    this.sa_layer_norm = norm();
    this.ffn = { lin1: linear(hiddenSize, intermediateSize), lin2: linear(intermediateSize, hiddenSize) };
    this.output_layer_norm = norm();
    this.dropout = new Dropout(config.dropout);
  }

  /** x [T, hidden] → [T, hidden]; with `rows`, the states of these tokens alone, [rows, hidden] */
  forward(x: Tensor, lengths: PackedLengths, rows?: Tensor): Tensor {
    const { heads, attentionDropout, activation } = this.#config;
    const { q_lin, k_lin, v_lin, out_lin } = this.attention;
    const dropout = this.training ? attentionDropout : 0;
    return scope(() => {
      const mixed = selfAttention(x, [q_lin, k_lin, v_lin], heads, lengths, { dropout });
      const attended = out_lin.forward(rowsOf(mixed, rows));
      const middle = this.sa_layer_norm.forward(addResidual(attended, rowsOf(x, rows)));
      const wide = activations[activation](this.ffn.lin1.forward(middle));
      return this.output_layer_norm.forward(this.dropout.addTo(this.ffn.lin2.forward(wide), middle));
    });
  }
}
