import { autocast, cat, noGrad, scope, type Tensor } from '@ragwright/torch';
import type { MultiVectorInput, TokenVectors } from '../../../models/multivector/index.ts';
import { atLeastFloat32, type EmbedOptions } from '../../batches/embedMiniBatch.ts';
import { miniBatches } from '../../batches/miniBatches.ts';
import { rememberRandomState } from '../../batches/randomState.ts';
import type { EmbeddingBatch, MiniBatch } from '../../batches/types.ts';
import { pick, requireGradient } from '../cachedPass.ts';
import { ObjectiveError } from '../errors.ts';
import { checkBatch } from '../needs.ts';
import type { MultiVectorObjective } from './types.ts';

/** The model as a training step needs it. */
export interface MultiVectorForward {
  forward(input: MultiVectorInput): TokenVectors;
}

export interface MultiVectorStep extends EmbedOptions {
  /** In training mode. */
  readonly model: MultiVectorForward;
  readonly objective: MultiVectorObjective;
  readonly batch: EmbeddingBatch;
  /** Tokens whose activations may be in memory at a time; default all of the batch. */
  readonly tokensInMemory?: number;
}

/**
 * Forward and backward pass of one batch, leaving gradients in the parameters: one pass over one stream of all texts if
 * that fits `tokensInMemory`, else GradCache (Gao et al., arXiv 2101.06983) over token vectors: all pieces without
 * recording, the loss and its gradient at the vectors, and each piece again, with the same random numbers, to
 * back-propagate that. What still grows with the batch are the token vectors, and the loss's own work.
 *
 * @throws ObjectiveError if the batch lacks what the objective needs, or nothing requires a gradient
 */
export function multiVectorForwardBackward(step: MultiVectorStep): {
  readonly loss: number;
  /** Real tokens in the batch. */
  readonly tokens: number;
  /** How many the batch was cut into; 1: nothing was computed twice. */
  readonly miniBatches: number;
} {
  const { objective, batch, tokensInMemory = Number.POSITIVE_INFINITY } = step;
  checkBatch(objective, batch, false);
  const cuts = miniBatches(batch, tokensInMemory);
  const [only] = cuts;
  const loss = cuts.length === 1 && only ? inOnePass(step, only) : cached(step, cuts);
  return { loss, tokens: batch.tokenCount, miniBatches: cuts.length };
}

function inOnePass(step: MultiVectorStep, only: MiniBatch): number {
  const { objective, batch } = step;
  return scope(() => {
    const made = vectorsOf(step, only);
    requireGradient(objective.name, made.vectors);
    const loss = objective.loss(columnsOf(made, batch), batch);
    loss.backward();
    return Number(loss.item());
  });
}

function cached(step: MultiVectorStep, cuts: readonly MiniBatch[]): number {
  const { objective, batch, device = 'cpu' } = step;
  return scope(() => {
    const replays: (() => void)[] = [];
    const pieces = cuts.map((cut) => {
      replays.push(rememberRandomState(device));
      return noGrad(() => vectorsOf(step, cut));
    });
    const order = orderOf(pieces, cuts);
    const vectors = cat(
      pieces.map((piece) => piece.vectors),
      0,
    );
    const leaf = pick(vectors, order.flat()).requiresGrad_();
    const lengths = order.map((rows) => rows.length);
    const loss = objective.loss(columnsOf({ vectors: leaf, lengths }, batch), batch);
    loss.backward();
    const gradient = leaf.grad;
    if (!gradient) {
      const expected = 'a loss that depends on the vectors';
      throw new ObjectiveError({ objective: objective.name, expected, got: 'one without gradient' });
    }
    // Back into the order of the pieces.
    const inverse = new Array<number>(order.flat().length);
    for (const [to, from] of order.flat().entries()) inverse[from] = to;
    const parts = pick(gradient, inverse).splitWithSizes(
      pieces.map((piece) => piece.vectors.shape[0] as number),
      0,
    );
    const goOn = rememberRandomState(device);
    try {
      for (const [i, cut] of cuts.entries()) {
        replays[i]?.();
        scope(() => {
          const again = vectorsOf(step, cut).vectors;
          requireGradient(objective.name, again);
          again.backward({ gradient: parts[i] as Tensor });
        });
      }
    } finally {
      goOn();
    }
    return Number(loss.item());
  });
}

/** Token vectors of a mini-batch's texts, float32 or wider. */
function vectorsOf({ model, batch, precision = 'float32', device = 'cpu' }: MultiVectorStep, cut: MiniBatch) {
  const { columns, rows } = batch;
  const roles = cut.places.map((place) => columns[Math.floor(place / rows.length)]?.role ?? 'document');
  let lengths: readonly number[] = [];
  const vectors = scope(() => {
    const forward = (): Tensor => {
      const made = model.forward({ sequences: cut.sequences, roles });
      lengths = made.lengths;
      return made.vectors;
    };
    return atLeastFloat32(
      precision === 'float32' ? forward() : autocast({ device, dtype: precision }, forward),
    );
  });
  return { vectors, lengths };
}

/** By place in the batch (column · B + row): the rows of that text in the pieces' concatenation. */
function orderOf(pieces: readonly TokenVectors[], cuts: readonly MiniBatch[]): number[][] {
  const order: number[][] = [];
  let at = 0;
  for (const [i, { places }] of cuts.entries()) {
    for (const [k, place] of places.entries()) {
      order[place] = Array.from({ length: pieces[i]?.lengths[k] as number }, () => at++);
    }
  }
  return order;
}

/** Vectors in the batch's order → one list per column. */
function columnsOf({ vectors, lengths }: TokenVectors, { columns, rows }: EmbeddingBatch): TokenVectors[] {
  const own = columns.map((_, column) => lengths.slice(column * rows.length, (column + 1) * rows.length));
  const totals = own.map((list) => list.reduce((sum, length) => sum + length, 0));
  const parts = vectors.splitWithSizes(totals, 0);
  return own.map((list, i) => ({ vectors: parts[i] as Tensor, lengths: list }));
}
