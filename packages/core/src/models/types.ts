import type { Tensor } from '@ragwright/torch';
import type { Module, PackedBatch } from '@ragwright/torch/nn';

/** A transformer that turns packed tokens into hidden states. One file per architecture implements it. */
export interface Encoder extends Module {
  readonly config: EncoderConfig;
  /** hidden [T, hidden], in the batch's order. */
  forward(batch: PackedBatch): { readonly hidden: Tensor };
  /** Blocks from the input to the output: what freezing by layer and LoRA address. */
  readonly layers: readonly Module[];
  /** The embedding part, for freezing. */
  readonly embeddingParts: readonly Module[];
}

/** What every encoder config has. */
export interface EncoderConfig {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Longest sequence that the positions allow. */
  readonly maxPositions: number;
  readonly initializerRange: number;
}
