import { IndexError, indexSelect, scope, type Tensor } from '@ragwright/torch';
import {
  constantInit,
  Embedding,
  Linear,
  type Module,
  normalInit,
  type PackedAttentionOptions,
  type PackedBatch,
  type PackedLengths,
  packedAttention,
} from '@ragwright/torch/nn';

/**
 * Throws IndexError unless `largest` is a row of the table.
 *
 * @param size rows of the embedding table
 * @param field what config.json calls them
 */
export function checkRange(op: string, what: string, largest: number, field: string, size: number): void {
  if (largest < size) return;
  throw new IndexError(op, `a ${what} id is outside the embedding table`, {
    expected: `below ${field} (${size})`,
    got: String(largest),
  });
}

/** New weights as transformers makes BERT's: N(0, std²), biases 0, rows of padding tokens 0. Norms are left alone. */
export function initializeBert(model: Module, std: number): void {
  for (const module of model.modules()) {
    if (module instanceof Linear) {
      normalInit(module.weight, { std });
      if (module.bias) constantInit(module.bias, 0);
    }
    if (module instanceof Embedding) {
      normalInit(module.weight, { std });
      const { weight, paddingIdx } = module;
      if (paddingIdx !== undefined) scope(() => void constantInit(weight.select(0, paddingIdx), 0));
    }
  }
}

/** Runs `initialize` on a new model; if it throws, the model's weights are released. */
export function initializeOrDispose(model: Module, initialize: () => void): void {
  try {
    initialize();
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/**
 * branch + x, into the branch's memory: a linear layer and dropout do not need their output for the backward
 * pass. Under autocast the branch is narrower than x, and the sum must have the wider type.
 */
export const addResidual = (branch: Tensor, x: Tensor): Tensor =>
  branch.dtype === x.dtype ? branch.add_(x) : branch.add(x);

/** Query, key and value layers; each may be a plain Linear or one with an adapter. */
export type Projections = readonly [query: Linear, key: Linear, value: Linear];

/** Multi-head self-attention: projections of x [T, hidden], attention within each sequence → [T, hidden]. */
export function selfAttention(
  x: Tensor,
  projections: Projections,
  heads: number,
  lengths: PackedLengths,
  options: PackedAttentionOptions,
): Tensor {
  const [q, k, v] = projections.map((linear) => {
    const y = linear.forward(x);
    return y.view([-1, heads, (y.shape.at(-1) as number) / heads]); // [T, heads, headDim]
  }) as [Tensor, Tensor, Tensor];
  return packedAttention(q, k, v, lengths, options).reshape([x.shape[0] as number, -1]);
}

/** Where each sequence starts, int32 [sequences]. */
export const firstRows = (batch: PackedBatch): Tensor => batch.cuSeqlens.narrow(0, 0, batch.lengths.length);

/** Hidden state of the first token of each sequence: hidden [T, hidden] → [sequences, hidden]. */
export const firstTokens = (hidden: Tensor, batch: PackedBatch): Tensor =>
  indexSelect(hidden, 0, firstRows(batch));

/** One layer: x [T, hidden] → [T, hidden], or the states of these rows alone. */
export type LayerStep<L> = (layer: L, x: Tensor, rows?: Tensor) => Tensor;

/** x [T, hidden] through all layers; of the last one only these rows, if any are given. */
export function throughLayers<L>(
  layers: readonly L[],
  x: Tensor,
  rows: Tensor | undefined,
  step: LayerStep<L>,
): Tensor {
  if (rows && layers.length === 0) return indexSelect(x, 0, rows);
  return layers.reduce(
    (state, layer, i) => step(layer, state, i === layers.length - 1 ? rows : undefined),
    x,
  );
}

/** The rows that are wanted of x [T, hidden]: all without `rows`. */
export const rowsOf = (x: Tensor, rows: Tensor | undefined): Tensor => (rows ? indexSelect(x, 0, rows) : x);
