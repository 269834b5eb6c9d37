import type { Tensor } from '@ragwright/torch';
import { type Module, type PackedBatch, pack } from '@ragwright/torch/nn';
import { evaluationRows, inSortedPasses } from '../sortedPasses.ts';
import type { EncodeTextsOptions, PromptChoice, TokenizedTexts } from './types.ts';

/** The part of an embedding model that encoding needs. */
export interface EncodingModel extends Module {
  readonly dimensions: number;
  readonly device: string;
  tokenize(texts: readonly string[], choice?: PromptChoice): Promise<TokenizedTexts>;
  forward(batch: PackedBatch, promptTokens?: readonly number[]): Tensor;
}

/** Vectors of texts, in their order. See `EmbeddingModel.encode`. */
export function encodeTexts(
  model: EncodingModel,
  texts: readonly string[],
  options: EncodeTextsOptions,
): Promise<Float32Array[]> {
  const { precision = 'float32' } = options;
  let tokenized: TokenizedTexts = { sequences: [], promptTokens: 0 };
  const forward = (_: readonly number[], sequences: readonly Int32Array[]): Float32Array[] => {
    const { device, dimensions } = model;
    const { promptTokens } = tokenized;
    const skip = promptTokens > 0 ? sequences.map(() => promptTokens) : undefined;
    return evaluationRows(model, { device, precision, width: dimensions }, () =>
      model.forward(pack(sequences, { device }), skip),
    );
  };
  const work = {
    keyOf: (text: string) => text,
    tokenize: async (distinct: readonly string[]) => {
      tokenized = await model.tokenize(distinct, options);
      return tokenized.sequences;
    },
    forward,
    empty: () => new Float32Array(model.dimensions), // no token, no direction
    copy: (vector: Float32Array) => vector.slice(),
  };
  return inSortedPasses(texts, work, options);
}
