import { scope, type Tensor } from '@ragwright/torch';
import {
  activations,
  allOrNothing,
  applyRotary,
  checkParameterOptions,
  constantInit,
  Dropout,
  Embedding,
  LayerNorm,
  Linear,
  Module,
  type PackedBatch,
  type PackedLengths,
  type ParameterOptions,
  packedAttention,
  type RotaryAngles,
  rotaryAngles,
  sortByLength,
  truncatedNormalInit,
} from '@ragwright/torch/nn';
import {
  addResidual,
  checkRange,
  firstRows,
  initializeOrDispose,
  rowsOf,
  throughLayers,
} from './encoderParts.ts';
import type { AttentionType, ModernBertConfig } from './modernbertConfig.ts';
import type { Encoder } from './types.ts';

/*
 * ModernBERT (Warner et al., arXiv 2412.13663), after transformers' modeling_modernbert.py: norms before the
 * branches, rotary positions, gated feed-forward layers, and full attention in every third layer only.
 */

/** The encoder. Segments of a batch are passed over: the model has none. */
export class ModernBert extends Module implements Encoder {
  readonly config: ModernBertConfig;
  readonly embeddings: {
    readonly tok_embeddings: Embedding;
    readonly norm: LayerNorm;
    readonly drop: Dropout;
  };
  readonly layers: readonly ModernBertLayer[];
  readonly final_norm: LayerNorm;

  /** Weights are new (truncated normal, as transformers makes them) unless `options.uninitialized`. */
  constructor(config: ModernBertConfig, options: ParameterOptions = {}) {
    super();
    checkParameterOptions('ModernBert', options);
    const { hiddenSize, padTokenId } = config;
    const padding = padTokenId === null ? {} : { paddingIdx: padTokenId };
    this.config = config;
    const { embeddings, layers, final } = allOrNothing(() => ({
      embeddings: {
        tok_embeddings: new Embedding(config.vocabSize, hiddenSize, { ...options, ...padding }),
        norm: newNorm(config, options),
        drop: new Dropout(config.embeddingDropout),
      },
      layers: config.layerTypes.map((type, i) => new ModernBertLayer(config, type, i === 0, options)),
      final: newNorm(config, options),
    }));
    this.embeddings = embeddings;
    this.layers = layers;
    this.final_norm = final;
    if (!options.uninitialized) initializeOrDispose(this, () => this.#initialize());
  }

  get embeddingParts(): readonly Module[] {
    return [this.embeddings.tok_embeddings, this.embeddings.norm];
  }

  /** N(0, σ²) cut at `initializerCutoff`·σ; σ is smaller for the layers that end a branch, by the depth. */
  #initialize(): void {
    const { initializerRange: std, initializerCutoff: cutoff } = this.config;
    const last = std / Math.sqrt(2 * Math.max(1, this.layers.length));
    truncatedNormalInit(this.embeddings.tok_embeddings.weight, { std, cutoff });
    for (const { attn, mlp } of this.layers) {
      for (const linear of [attn.Wqkv, attn.Wo, mlp.Wi, mlp.Wo]) {
        const ends = linear === attn.Wo || linear === mlp.Wo;
        truncatedNormalInit(linear.weight, { std: ends ? last : std, cutoff });
        if (linear.bias) constantInit(linear.bias, 0);
      }
    }
  }

  /** @throws IndexError if a token or position is outside the model's range */
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
    const { vocabSize, maxPositions } = this.config;
    checkRange('ModernBert.forward', 'token', max.token, 'vocab_size', vocabSize);
    checkRange('ModernBert.forward', 'position', max.position, 'max_position_embeddings', maxPositions);
    const { tok_embeddings, norm, drop } = this.embeddings;
    const first = drop.forward(norm.forward(tok_embeddings.forward(tokens)));
    const angles = this.#angles(positions);
    const last = throughLayers(this.layers, first, rows, (layer, x, some) =>
      layer.forward(x, batch, angles[layer.type], some),
    );
    return this.final_norm.forward(last);
  }

  /** Once for all layers of a type. */
  #angles(positions: Tensor): Record<AttentionType, RotaryAngles> {
    const { hiddenSize, heads, ropeTheta } = this.config;
    const of = (type: AttentionType) =>
      rotaryAngles(positions, { headDim: hiddenSize / heads, base: ropeTheta[type] });
    return { full_attention: of('full_attention'), sliding_attention: of('sliding_attention') };
  }
}

const newNorm = (config: ModernBertConfig, options: ParameterOptions): LayerNorm =>
  new LayerNorm(config.hiddenSize, { ...options, eps: config.normEps, bias: config.normBias });

/** Attention and a gated feed-forward network; each adds to the stream what it makes of the stream's norm. */
class ModernBertLayer extends Module {
  /** Absent in the first layer: the embeddings end with a norm. */
  readonly attn_norm?: LayerNorm;
  readonly attn: { readonly Wqkv: Linear; readonly Wo: Linear; readonly out_drop: Dropout };
  readonly mlp_norm: LayerNorm;
  readonly mlp: { readonly Wi: Linear; readonly Wo: Linear; readonly drop: Dropout };
  readonly type: AttentionType;
  readonly #config: ModernBertConfig;

  constructor(config: ModernBertConfig, type: AttentionType, first: boolean, options: ParameterOptions) {
    super();
    const { hiddenSize, intermediateSize, attentionBias, mlpBias } = config;
    const linear = (from: number, to: number, bias: boolean) => new Linear(from, to, { ...options, bias });
    this.#config = config;
    this.type = type;
    if (!first) this.attn_norm = newNorm(config, options);
    this.attn = {
      Wqkv: linear(hiddenSize, 3 * hiddenSize, attentionBias),
      Wo: linear(hiddenSize, hiddenSize, attentionBias),
      out_drop: new Dropout(config.attentionDropout),
    };
    this.mlp_norm = newNorm(config, options);
    this.mlp = {
      Wi: linear(hiddenSize, 2 * intermediateSize, mlpBias),
      Wo: linear(intermediateSize, hiddenSize, mlpBias),
      drop: new Dropout(config.mlpDropout),
    };
  }

  /** x [T, hidden] → [T, hidden]; with `rows`, the states of these tokens alone, [rows, hidden] */
  forward(x: Tensor, lengths: PackedLengths, angles: RotaryAngles, rows?: Tensor): Tensor {
    return scope(() => {
      const normed = this.attn_norm ? this.attn_norm.forward(x) : x;
      const attended = this.attn.Wo.forward(rowsOf(this.#attend(normed, lengths, angles), rows));
      const middle = this.attn.out_drop.addTo(attended, rowsOf(x, rows));
      return addResidual(this.#feedForward(this.mlp_norm.forward(middle)), middle);
    });
  }

  #attend(x: Tensor, lengths: PackedLengths, angles: RotaryAngles): Tensor {
    const { heads, hiddenSize, attentionDropout, window } = this.#config;
    const all = this.attn.Wqkv.forward(x).view([-1, 3 * heads, hiddenSize / heads]); // queries, keys, values
    const [turning, v] = all.splitWithSizes([2 * heads, heads], 1) as [Tensor, Tensor];
    const [q, k] = applyRotary(turning, angles).to(all.dtype).split(heads, 1) as [Tensor, Tensor];
    const mixed = packedAttention(q, k, v, lengths, {
      dropout: this.training ? attentionDropout : 0,
      ...(this.type === 'sliding_attention' && { window }),
    });
    return mixed.reshape([-1, hiddenSize]);
  }

  #feedForward(x: Tensor): Tensor {
    const { Wi, Wo, drop } = this.mlp;
    const [input, gate] = Wi.forward(x).chunk(2, -1) as [Tensor, Tensor];
    return Wo.forward(drop.forward(activations[this.#config.activation](input).mul(gate)));
  }
}
