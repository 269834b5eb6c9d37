import type { Tensor } from '@ragwright/torch';
import { type Module, type PackedBatch, pack } from '@ragwright/torch/nn';
import { ConfigError } from '../../base/errors.ts';
import type { PromptChoice, TokenizedTexts } from '../embedding/index.ts';
import { evaluated, inSortedPasses, type PassWork } from '../sortedPasses.ts';
import type { EncodeSparseOptions, SparseVector } from './types.ts';

/** The part of a sparse embedding model that encoding needs. */
interface EncodingModel extends Module {
  readonly device: string;
  tokenize(texts: readonly string[], choice?: PromptChoice): Promise<TokenizedTexts>;
  forward(batch: PackedBatch): Tensor;
}

/** Sparse vectors of texts, in their order. See `SparseEmbeddingModel.encode`. */
export function encodeSparse(
  model: EncodingModel,
  texts: readonly string[],
  options: EncodeSparseOptions,
): Promise<SparseVector[]> {
  const { precision = 'float32', maxActiveDims = Number.POSITIVE_INFINITY } = options;
  if (
    maxActiveDims !== Number.POSITIVE_INFINITY &&
    !(Number.isSafeInteger(maxActiveDims) && maxActiveDims > 0)
  ) {
    const problem = {
      field: 'maxActiveDims',
      expected: 'a whole number above 0',
      got: String(maxActiveDims),
    };
    throw new ConfigError('options', [problem]);
  }
  const { device } = model;
  const work: PassWork<string, SparseVector> = {
    keyOf: (text) => text,
    tokenize: async (distinct) => (await model.tokenize(distinct, options)).sequences,
    forward: (_, sequences) =>
      evaluated(
        model,
        { device, precision },
        () => ({ made: model.forward(pack(sequences, { device })) }),
        (data, { made }) => sparseRows(data, made.shape, maxActiveDims),
      ),
    empty: () => ({ indices: new Int32Array(), values: new Float32Array() }),
    copy: ({ indices, values }) => ({ indices: indices.slice(), values: values.slice() }),
  };
  return inSortedPasses(texts, work, options);
}

/** What is not 0 in each row of [count, width]: the `most` largest of it. */
const sparseRows = (
  data: Float32Array,
  [count = 0, width = 0]: readonly number[],
  most: number,
): SparseVector[] =>
  Array.from({ length: count }, (_, i) => sparse(data.subarray(i * width, (i + 1) * width), most));

function sparse(row: Float32Array, most: number): SparseVector {
  const active: number[] = [];
  for (let i = 0; i < row.length; i++) if (row[i] !== 0) active.push(i);
  const chosen = active.length > most ? largest(row, active, most) : active;
  const indices = Int32Array.from(chosen);
  return { indices, values: Float32Array.from(indices, (i) => row[i] as number) };
}

function largest(row: Float32Array, active: number[], most: number): number[] {
  const weight = (i: number): number => row[i] as number;
  const best = active.sort((a, b) => weight(b) - weight(a) || a - b).slice(0, most);
  return best.sort((a, b) => a - b);
}
