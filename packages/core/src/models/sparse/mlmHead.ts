import { linear, scope, type Tensor, zeros } from '@ragwright/torch';
import {
  type ActivationName,
  activations,
  allOrNothing,
  constantInit,
  LayerNorm,
  Linear,
  Module,
  normalInit,
  type ParameterOptions,
  parameter,
} from '@ragwright/torch/nn';

/** Shape of a masked-language-model head. */
export interface MlmHeadShape {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  readonly activation: ActivationName;
  readonly normEps: number;
  /** Whether the dense layer, the norm and the logits have a bias. */
  readonly denseBias: boolean;
  readonly normBias: boolean;
  readonly bias: boolean;
  /** Standard deviation of new weights. */
  readonly initializerRange: number;
}

/**
 * Hidden states → logits over the vocabulary: norm(act(x·Wᵀ + b))·Eᵀ + c, with E the encoder's word embeddings
 * (Devlin et al., arXiv 1810.04805, appendix; tied as in Press & Wolf, arXiv 1608.05859). BERT, DistilBERT, RoBERTa,
 * MPNet and ModernBERT have the same head under different names, see `mlmHeads.ts`.
 */
export class MlmHead extends Module {
  readonly shape: MlmHeadShape;
  readonly dense: Linear;
  readonly norm: LayerNorm;
  /** [vocab] */
  readonly bias?: Tensor;

  /** Weights are new (N(0, initializerRange²), biases 0) unless `options.uninitialized`. */
  constructor(shape: MlmHeadShape, options: ParameterOptions = {}) {
    super();
    const { hiddenSize, vocabSize, normEps, normBias, denseBias } = shape;
    const { dense, norm, bias } = allOrNothing(() => {
      const place = { dtype: options.dtype ?? 'float32', device: options.device ?? 'cpu' } as const;
      const dense = new Linear(hiddenSize, hiddenSize, { ...options, bias: denseBias });
      if (!options.uninitialized) {
        normalInit(dense.weight, { std: shape.initializerRange });
        if (dense.bias) constantInit(dense.bias, 0);
      }
      return {
        dense,
        norm: new LayerNorm(hiddenSize, { ...options, eps: normEps, bias: normBias }),
        bias: shape.bias ? parameter(zeros([vocabSize], place)) : undefined,
      };
    });
    this.shape = shape;
    this.dense = dense;
    this.norm = norm;
    if (bias) this.bias = bias;
  }

  /** What is compared with the word embeddings: hidden [T, hidden] → [T, hidden]. */
  transform(hidden: Tensor): Tensor {
    return scope(() => this.norm.forward(activations[this.shape.activation](this.dense.forward(hidden))));
  }

  /** transformed [T, hidden], word embeddings [vocab, hidden] → logits [T, vocab] */
  logits(transformed: Tensor, embeddings: Tensor): Tensor {
    return linear(transformed, embeddings, this.bias);
  }
}
