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
import { type BertOptions, type BertOutput, poolFirst } from './bert.ts';
import {
  checkRange,
  firstRows,
  initializeBert,
  initializeOrDispose,
  rowsOf,
  selfAttention,
  throughLayers,
} from './encoderParts.ts';
import { type MpnetConfig, PADDING_ROW } from './mpnetConfig.ts';
import { relativeBuckets } from './relativeBuckets.ts';
import type { Encoder } from './types.ts';

/*
 * MPNet (Song et al., arXiv 2004.09297), after transformers' modeling_mpnet.py: BERT's layers under other names, no
 * segments, and a bias on the attention scores by relative position, shared by all layers.
 */

/** For sequences of a length, the bias of each head, query and key: [heads, length, length]. */
type PositionBias = (length: number) => Tensor;

/** The encoder. Segments of a batch are passed over: the model has none. */
export class Mpnet extends Module implements Encoder {
  readonly config: MpnetConfig;
  readonly embeddings: {
    readonly word_embeddings: Embedding;
    readonly position_embeddings: Embedding;
    readonly LayerNorm: LayerNorm;
    readonly dropout: Dropout;
  };
  readonly encoder: { readonly layer: readonly MpnetLayer[]; readonly relative_attention_bias: Embedding };
  readonly pooler?: { readonly dense: Linear };

  /** Weights are new (N(0, initializerRange²), biases 0) unless `options.uninitialized`. */
  constructor(config: MpnetConfig, options: BertOptions = {}) {
    super();
    checkParameterOptions('Mpnet', options, ['pooler']);
    const { pooler: hasPooler = true, ...place } = options;
    const { hiddenSize } = config;
    const padded = { ...place, paddingIdx: PADDING_ROW };
    this.config = config;
    const { embeddings, encoder, pooler } = allOrNothing(() => ({
      embeddings: {
        word_embeddings: new Embedding(config.vocabSize, hiddenSize, padded),
        position_embeddings: new Embedding(config.positionRows, hiddenSize, padded),
        LayerNorm: new LayerNorm(hiddenSize, { ...place, eps: config.layerNormEps }),
        dropout: new Dropout(config.hiddenDropout),
      },
      encoder: {
        layer: Array.from({ length: config.layers }, () => new MpnetLayer(config, place)),
        relative_attention_bias: new Embedding(config.buckets, config.heads, place),
      },
      pooler: hasPooler ? { dense: new Linear(hiddenSize, hiddenSize, place) } : undefined,
    }));
    this.embeddings = embeddings;
    this.encoder = encoder;
    if (pooler) this.pooler = pooler;
    if (!options.uninitialized)
      initializeOrDispose(this, () => initializeBert(this, config.initializerRange));
  }

  get layers(): readonly MpnetLayer[] {
    return this.encoder.layer;
  }

  get embeddingParts(): readonly Module[] {
    const { word_embeddings, position_embeddings, LayerNorm } = this.embeddings;
    return [word_embeddings, position_embeddings, LayerNorm];
  }

  /** @throws IndexError if a token or position is outside its embedding table */
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
    const { vocabSize, positionRows } = this.config;
    const first = PADDING_ROW + 1;
    const longest = batch.max.position + first;
    checkRange('Mpnet.forward', 'token', batch.max.token, 'vocab_size', vocabSize);
    checkRange('Mpnet.forward', 'position', longest, 'max_position_embeddings', positionRows);
    const { word_embeddings, position_embeddings, LayerNorm, dropout } = this.embeddings;
    const sum = word_embeddings
      .forward(batch.tokens)
      .add_(position_embeddings.forward(batch.positions.add(first)));
    const bias = this.#positionBias(batch);
    return throughLayers(this.layers, dropout.forward(LayerNorm.forward(sum)), rows, (layer, x, some) =>
      layer.forward(x, batch, bias, some),
    );
  }

  /** Made once per length and forward pass, and shared by all layers: so is its gradient. */
  #positionBias({ lengths }: PackedBatch): PositionBias {
    const table = this.encoder.relative_attention_bias;
    const longest = lengths.reduce((a, b) => Math.max(a, b), 0);
    const buckets = relativeBuckets(longest, table.weight.device);
    const made = new Map<number, Tensor>();
    for (const length of new Set(lengths)) {
      const ids = buckets.narrow(0, 0, length).narrow(1, 0, length);
      made.set(length, table.forward(ids).permute([2, 0, 1]).contiguous());
    }
    return (length) => made.get(length) as Tensor;
  }
}

/** Self-attention and a feed-forward network, each with a residual connection and a norm after it. */
class MpnetLayer extends Module {
  readonly attention: {
    readonly attn: { readonly q: Linear; readonly k: Linear; readonly v: Linear; readonly o: Linear };
    readonly LayerNorm: LayerNorm;
  };
  readonly intermediate: { readonly dense: Linear };
  readonly output: { readonly dense: Linear; readonly LayerNorm: LayerNorm };
  readonly dropout: Dropout;
  readonly #config: MpnetConfig;

  constructor(config: MpnetConfig, options: ParameterOptions) {
    super();
    const { hiddenSize, intermediateSize } = config;
    const linear = (from: number, to: number) => new Linear(from, to, options);
    const norm = () => new LayerNorm(hiddenSize, { ...options, eps: config.layerNormEps });
    this.#config = config;
    this.attention = {
      attn: {
        q: linear(hiddenSize, hiddenSize),
        k: linear(hiddenSize, hiddenSize),
        v: linear(hiddenSize, hiddenSize),
        o: linear(hiddenSize, hiddenSize),
      },
      LayerNorm: norm(),
    };
    this.intermediate = { dense: linear(hiddenSize, intermediateSize) };
    this.output = { dense: linear(intermediateSize, hiddenSize), LayerNorm: norm() };
    this.dropout = new Dropout(config.hiddenDropout);
  }

  /** x [T, hidden] → [T, hidden]; with `rows`, the states of these tokens alone, [rows, hidden] */
  forward(x: Tensor, lengths: PackedLengths, bias: PositionBias, rows?: Tensor): Tensor {
    const { heads, attentionDropout, activation } = this.#config;
    const { q, k, v, o } = this.attention.attn;
    const dropout = this.training ? attentionDropout : 0;
    return scope(() => {
      const mixed = selfAttention(x, [q, k, v], heads, lengths, { dropout, bias });
      const attended = o.forward(rowsOf(mixed, rows));
      const middle = this.attention.LayerNorm.forward(this.dropout.addTo(attended, rowsOf(x, rows)));
      const wide = activations[activation](this.intermediate.dense.forward(middle));
      return this.output.LayerNorm.forward(this.dropout.addTo(this.output.dense.forward(wide), middle));
    });
  }
}
