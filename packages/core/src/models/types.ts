import type { Tensor } from '@ragwright/torch';
import type { ActivationName, Module, PackedBatch } from '@ragwright/torch/nn';

/** A transformer that turns packed tokens into hidden states. One file per architecture implements it. */
export interface Encoder extends Module {
  readonly config: EncoderConfig;
  /** hidden [T, hidden], in the batch's order. */
  forward(batch: PackedBatch): { readonly hidden: Tensor };
  /**
   * Hidden state of each sequence's first token, [sequences, hidden]: as `forward` gives it, up to rounding. What comes
   * after the last layer's attention is computed for these tokens alone.
   */
  forwardFirst(batch: PackedBatch): Tensor;
  /** Blocks from the input to the output: what freezing by layer and LoRA address. */
  readonly layers: readonly Module[];
  /** The embedding part, for freezing. */
  readonly embeddingParts: readonly Module[];
}

/** What every encoder config has. */
export interface EncoderConfig {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Longest sequence that the positions allow, in tokens. */
  readonly maxPositions: number;
  /** Standard deviation of new weights. */
  readonly initializerRange: number;
  /** `model_type` of config.json: bert, roberta … */
  readonly modelType: string;
  /** config.json as it was given: what is saved with the weights. */
  readonly json: Readonly<Record<string, unknown>>;
}

/** What the layers of BERT and of those built like it need to know. */
export interface BertLayerConfig {
  readonly hiddenSize: number;
  readonly heads: number;
  readonly intermediateSize: number;
  readonly activation: ActivationName;
  /** Dropout after dense layers. */
  readonly hiddenDropout: number;
  /** Dropout of attention weights. */
  readonly attentionDropout: number;
  readonly layerNormEps: number;
}
