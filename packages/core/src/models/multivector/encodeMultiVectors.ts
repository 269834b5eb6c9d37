import type { Module } from '@ragwright/torch/nn';
import type { PromptChoice, TokenizedTexts } from '../embedding/index.ts';
import { evaluated, inSortedPasses, type PassWork } from '../sortedPasses.ts';
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
  const { dimensions, device } = model;
  const work: PassWork<string, MultiVector> = {
    keyOf: (text) => text,
    tokenize: async (distinct) => (await model.tokenize(distinct, { ...options, role })).sequences,
    forward: (_, sequences) =>
      evaluated(
        model,
        { device, precision },
        () => {
          const { vectors, lengths } = model.forward({ sequences, roles: sequences.map(() => role) });
          return { made: vectors, lengths };
        },
        (data, { lengths }) => cut(data, lengths, dimensions),
      ),
    empty: () => ({ dimensions, data: new Float32Array() }),
    copy: ({ data }) => ({ dimensions, data: data.slice() }),
  };
  return inSortedPasses(texts, work, options);
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
