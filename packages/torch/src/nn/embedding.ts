import { noGrad } from '../autograd/index.ts';
import { ArgumentError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { embedding, empty } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { normalInit } from './init.ts';
import { Module } from './module.ts';
import { checkParameterOptions, checkSize, type ParameterOptions, placement } from './options.ts';
import { allOrNothing, parameter } from './parameter.ts';

export interface EmbeddingOptions extends ParameterOptions {
  /** This row is zero at the start and gets no gradient. */
  readonly paddingIdx?: number;
}

/** Looks up rows: int64 [...] to [..., dim]. Initialised from N(0, 1), as PyTorch's. */
export class Embedding extends Module {
  /** [count, dim] */
  readonly weight: Tensor;
  readonly paddingIdx: number | undefined;

  constructor(count: number, dim: number, options: EmbeddingOptions = {}) {
    super();
    checkSize('Embedding', 'count', count);
    checkSize('Embedding', 'dim', dim);
    checkParameterOptions('Embedding', options, ['paddingIdx']);
    const { paddingIdx } = options;
    if (
      paddingIdx !== undefined &&
      !(Number.isInteger(paddingIdx) && paddingIdx >= 0 && paddingIdx < count)
    ) {
      throw new ArgumentError('Embedding', `paddingIdx must be a row from 0 to ${count - 1}`, {
        got: String(paddingIdx),
      });
    }
    this.paddingIdx = paddingIdx;
    this.weight = allOrNothing(() => {
      const weight = parameter(empty([count, dim], placement(options)));
      if (options.uninitialized) return weight;
      normalInit(weight);
      if (paddingIdx !== undefined) noGrad(() => scope(() => void weight.select(0, paddingIdx).zero_()));
      return weight;
    });
  }

  /** @throws IndexError if an index is outside the table */
  forward(indices: Tensor): Tensor {
    return embedding(this.weight, indices, this.paddingIdx ?? -1);
  }
}
