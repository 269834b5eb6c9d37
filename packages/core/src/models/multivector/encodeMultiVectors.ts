import type { Module } from '@ragwright/torch/nn';
import { encodeEach, evaluating } from '../embedding/encodeEach.ts';
import type { PromptChoice, TokenizedTexts } from '../embedding/index.ts';
import type { EncodeMultiVectorOptions, MultiVector, MultiVectorInput, TokenVectors } from './types.ts';

/** The part of a multi-vector model that encoding needs. */
interface EncodingModel extends Module {
  readonly dimensions: number;
  readonly device: string;
  tokenize(texts: readonly string[], choice?: PromptChoice): Promise<TokenizedTexts>;
  forward(input: MultiVectorInput): TokenVectors;
}

/** Vectors of texts, in their order. See `MultiVectorModel.encode`. */
export function encodeMultiVectors(
  model: EncodingModel,
  texts: readonly string[],
  options: EncodeMultiVectorOptions,
): Promise<MultiVector[]> {
  const { precision = 'float32', role = 'document' } = options;
  const { dimensions } = model;
  return encodeEach(texts, options, {
    tokenize: async (distinct) => (await model.tokenize(distinct, { ...options, role })).sequences,
    forward: (sequences) =>
      evaluating(model, precision, () => {
        const { vectors, lengths } = model.forward({ sequences, roles: sequences.map(() => role) });
        return { made: vectors, read: (data) => cut(data, lengths, dimensions) };
      }),
    empty: () => ({ dimensions, data: new Float32Array() }),
    copy: ({ data }) => ({ dimensions, data: data.slice() }),
  });
}

/** Each text's vectors in memory of their own. */
function cut(data: Float32Array, lengths: readonly number[], dimensions: number): MultiVector[] {
  let at = 0;
  return lengths.map((length) => {
    const end = at + length * dimensions;
    const own = data.slice(at, end);
    at = end;
    return { dimensions, data: own };
  });
}
