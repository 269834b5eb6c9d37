import type { Tensor } from '@ragwright/torch';
import { type Module, type PackedBatch, pack } from '@ragwright/torch/nn';
import { encodeEach, evaluating } from './encodeEach.ts';
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
  let promptTokens = 0;
  return encodeEach(texts, options, {
    tokenize: async (distinct) => {
      const tokenized = await model.tokenize(distinct, options);
      promptTokens = tokenized.promptTokens;
      return tokenized.sequences;
    },
    forward: (sequences) => {
      const skip = promptTokens > 0 ? sequences.map(() => promptTokens) : undefined;
      return evaluating(model, precision, () => {
        const made = model.forward(pack(sequences, { device: model.device }), skip);
        const [, width = 0] = made.shape;
        return { made, read: (data) => rowsOf(data, sequences.length, width, model.dimensions) };
      });
    },
    empty: () => new Float32Array(model.dimensions), // no token, no direction
    copy: (vector) => vector.slice(),
  });
}

/** The first `dimensions` numbers of each row, each in memory of its own. */
const rowsOf = (data: Float32Array, count: number, width: number, dimensions: number): Float32Array[] =>
  Array.from({ length: count }, (_, i) => data.slice(i * width, i * width + dimensions));
