import { cat, relu, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { knownPositives, mask, withoutMasked } from './masks.ts';
import { similarityMatrix } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface MegaBatchMarginOptions {
  /** The cosine that a positive should have at least; default 0.8 (sentence-transformers'). */
  readonly positiveMargin?: number;
  /** The cosine that the hardest negative should have at most; default 0.3 (sentence-transformers'). */
  readonly negativeMargin?: number;
}

const cosine = z.number().min(-1).max(1);
const schema = z
  .strictObject({ positiveMargin: cosine.default(0.8), negativeMargin: cosine.default(0.3) })
  .refine(({ positiveMargin, negativeMargin }) => negativeMargin <= positiveMargin, {
    path: ['negativeMargin'],
    message: 'expected at most positiveMargin',
  });

/**
 * Margin loss on the hardest negative in a large batch (Wieting and Gimpel, ACL 2018):
 *
 *     L = mean over rows of max(0, m⁺ − cos(aᵢ, pᵢ)) + max(0, max_{d ≠ pᵢ} cos(aᵢ, d) − m⁻)
 *
 * The negatives are the positives of other rows, and hard negatives if rows have any (sentence-transformers takes none).
 * Code and paper differ: the paper has one margin between the two cosines, sentence-transformers a bound for each, as
 * here. Its mini-batched version computes the same in pieces; here GradCache does that for any loss (`tokensInMemory`).
 * Known false negatives of the batch are left out. Of negatives that are equally hard each gets its share of the gradient.
 */
export function megaBatchMargin(options: MegaBatchMarginOptions = {}): EmbeddingObjective {
  const name = 'MegaBatchMargin';
  const settings = parseSettings(schema, options, name);
  const { positiveMargin, negativeMargin } = settings;
  const needs = { rows: 2, rowsWithNegatives: 1 };
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives, rows } = columnsOf({ name, needs }, embeddings, batch);
        const cosines = similarityMatrix(anchors, cat([positives, ...negatives], 0), 'cosine');
        const known = knownPositives(name, batch, rows, embeddings.length);
        const width = rows * (negatives.length + 1);
        const out = mask(rows, width, (i, j) => i === j || (known?.(i, j) ?? false));
        const own = cosines.narrow(1, 0, rows).diagonal();
        const hardest = withoutMasked(cosines, out).amax([1]);
        return hinge(own.neg().add(positiveMargin)).add(hinge(hardest.sub(negativeMargin)));
      }),
  };
}

/** Mean over rows; a row without negatives has −∞ and adds nothing. */
const hinge = (x: Tensor): Tensor => relu(x).mean();
