import { randperm, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { atLeastFloat32 } from '../batches/embedMiniBatch.ts';
import { ObjectiveError } from './errors.ts';
import { normalize } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface MatryoshkaOptions {
  /** Lengths to which embeddings may be cut, the full one among them: 384, 256, 128 … */
  readonly dims: readonly number[];
  /** Weight of each length's loss; default 1 for all. */
  readonly weights?: readonly number[];
  /** So many of the lengths in a step, drawn at random; default all. */
  readonly dimsPerStep?: number;
}

/**
 * Matryoshka representation learning (Kusupati et al., arXiv 2205.13147) around any other loss:
 *
 *     L = Σ_{m ∈ dims} w_m · loss(x[..m] / ‖x[..m]‖)
 *
 * As in sentence-transformers, what is cut is normalised, the full length too, so that losses with dot products or
 * distances see unit vectors; the sum is not divided by the weights. Lengths drawn by `dimsPerStep` come from
 * torch's random numbers, whose state is part of a checkpoint.
 */
export function matryoshka(objective: EmbeddingObjective, options: MatryoshkaOptions): EmbeddingObjective {
  const { weighted, dimsPerStep } = checked(options);
  const name = `Matryoshka(${objective.name})`;
  return {
    name,
    settings: {
      dims: weighted.map(({ dim }) => dim),
      weights: weighted.map(({ weight }) => weight),
      dimsPerStep,
      loss: objective.name,
      ...objective.settings,
    },
    needs: objective.needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const terms = drawn(weighted, dimsPerStep).map(({ dim, weight }) => {
          const cut = embeddings.map((column) => normalize(leading(name, column, dim)));
          return objective.loss(cut, batch).mul(weight);
        });
        return terms.reduce((sum, term) => sum.add(term));
      }),
  };
}

interface WeightedDim {
  readonly dim: number;
  readonly weight: number;
}

const schema = z
  .strictObject({
    dims: z
      .array(z.int().positive())
      .min(1)
      .refine((dims) => new Set(dims).size === dims.length, 'expected each length once'),
    weights: z.array(z.number().nonnegative()).optional(),
    dimsPerStep: z.int().positive().optional(),
  })
  .superRefine(({ dims, weights, dimsPerStep }, context) => {
    const add = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (weights && weights.length !== dims.length)
      add('weights', `expected ${dims.length}, one for each length`);
    if (dimsPerStep && dimsPerStep > dims.length) add('dimsPerStep', `expected at most ${dims.length}`);
  });

function checked(options: MatryoshkaOptions) {
  const { dims, weights, dimsPerStep = dims.length } = parseSettings(schema, options, 'Matryoshka');
  const weighted = dims
    .map((dim, i): WeightedDim => ({ dim, weight: weights?.[i] ?? 1 }))
    .sort((a, b) => b.dim - a.dim);
  return { weighted, dimsPerStep };
}

function drawn(all: readonly WeightedDim[], count: number): readonly WeightedDim[] {
  if (count === all.length) return all;
  const order = Array.from(randperm(all.length).data(), Number).slice(0, count);
  return all.filter((_, i) => order.includes(i));
}

function leading(objective: string, x: Tensor, dim: number): Tensor {
  const size = x.shape[1] ?? 0;
  if (dim <= size) return atLeastFloat32(x.narrow(1, 0, dim));
  const expected = `dims of at most ${size}, the embedding's length`;
  throw new ObjectiveError({ objective, field: 'dims', expected, got: String(dim) });
}
