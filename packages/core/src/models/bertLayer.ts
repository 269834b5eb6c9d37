import { scope, type Tensor } from '@ragwright/torch';
import {
  activations,
  Dropout,
  LayerNorm,
  Linear,
  Module,
  type PackedLengths,
  type ParameterOptions,
} from '@ragwright/torch/nn';
import { rowsOf, selfAttention } from './encoderParts.ts';
import type { BertLayerConfig } from './types.ts';

/** Self-attention and a feed-forward network, each with a residual connection and a norm after it. */
export class BertLayer extends Module {
  readonly attention: {
    readonly self: { readonly query: Linear; readonly key: Linear; readonly value: Linear };
    readonly output: { readonly dense: Linear; readonly LayerNorm: LayerNorm };
  };
  readonly intermediate: { readonly dense: Linear };
  readonly output: { readonly dense: Linear; readonly LayerNorm: LayerNorm };
  readonly #config: BertLayerConfig;
  readonly dropout: Dropout;

  constructor(config: BertLayerConfig, options: ParameterOptions) {
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

  /** x [T, hidden] → [T, hidden]; with `rows`, the states of these tokens alone, [rows, hidden] */
  forward(x: Tensor, lengths: PackedLengths, rows?: Tensor): Tensor {
    return scope(() => {
      const { dense, LayerNorm } = this.attention.output;
      const attended = dense.forward(rowsOf(this.#attend(x, lengths), rows));
      const middle = LayerNorm.forward(this.dropout.addTo(attended, rowsOf(x, rows)));
      const wide = activations[this.#config.activation](this.intermediate.dense.forward(middle));
      return this.output.LayerNorm.forward(this.dropout.addTo(this.output.dense.forward(wide), middle));
    });
  }

  #attend(x: Tensor, lengths: PackedLengths): Tensor {
    const { query, key, value } = this.attention.self;
    const { heads, attentionDropout } = this.#config;
    const dropout = this.training ? attentionDropout : 0;
    return selfAttention(x, [query, key, value], heads, lengths, { dropout });
  }
}
