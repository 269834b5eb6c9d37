import { arange, cat, manualSeed, noGrad, randn, scope, type Tensor } from '@ragwright/torch';
import { Linear } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { batchFor, listsWith } from './golden.fixture.ts';
import type { RankingObjective } from './types.ts';

const features = 6;
const trainLengths = [5, 9, 2, 12, 7, 3, 10, 6, 8, 4, 1];
const heldOutLengths = [8, 3, 11, 5, 6, 9];

/** What the documents of a list are worth, the best of them first → their labels. */
export type LabelsOf = (worth: readonly number[]) => number[];

export interface Trained {
  readonly losses: readonly number[];
  /** Mean nDCG on lists that were not trained on. */
  readonly before: number;
  readonly after: number;
}

/**
 * Trains a linear scorer of six features on ragged lists. A document's worth is a linear function of its features; the
 * model starts from the opposite one, so that it ranks the worst first.
 */
export function trainScorer(
  objective: RankingObjective,
  labelsOf: LabelsOf,
  { outputs = 1, steps = 150 }: { readonly outputs?: number; readonly steps?: number } = {},
): Trained {
  return scope(() => {
    manualSeed(9);
    const direction = randn([features]);
    const train = drawLists(trainLengths, direction);
    const heldOut = drawLists(heldOutLengths, direction);
    const batch = batchFor(listsWith(train.worth.map(labelsOf)));
    const model = new Linear(features, outputs);
    noGrad(() => {
      // Of several outputs, the last is the best class.
      for (let k = 0; k < outputs; k++) {
        model.weight.narrow(0, k, 1).copy_(direction.mul(outputs === 1 ? -0.5 : 0.5 - k / (outputs - 1)));
      }
    });
    const optimizer = new AdamW(model.namedParameters(), { lr: 0.05, weightDecay: 0 });
    const quality = (): number =>
      scope(() =>
        meanNdcg(
          noGrad(() => scoresOf(model.forward(heldOut.documents))),
          heldOut.worth,
        ),
      );
    const before = quality();
    const losses: number[] = [];
    for (let step = 0; step < steps; step++) {
      scope(() => {
        const loss = objective.loss(model.forward(train.documents), batch);
        losses.push(Number(loss.item()));
        loss.backward();
      });
      optimizer.step();
      optimizer.zeroGrad();
    }
    const after = quality();
    optimizer.dispose();
    model.dispose();
    return { losses, before, after };
  });
}

interface Lists {
  /** [P, 6], each list sorted by worth. */
  readonly documents: Tensor;
  readonly worth: readonly (readonly number[])[];
}

function drawLists(lengths: readonly number[], direction: Tensor): Lists {
  const drawn = lengths.map((length) => {
    const documents = randn([length, features]);
    return documents.indexSelect(0, documents.matmul(direction).argsort(0, true));
  });
  const worth = drawn.map((documents) => Array.from(documents.matmul(direction).data(), Number));
  return { documents: cat(drawn, 0), worth };
}

/** One number for each document: the logit, or the expected class. */
function scoresOf(logits: Tensor): readonly number[] {
  const outputs = logits.shape[1] as number;
  const score = outputs === 1 ? logits : logits.softmax(1).matmul(arange(outputs, { dtype: 'float32' }));
  return Array.from(score.data(), Number);
}

/** A document's gain: 3 above 2, 1 above 0, else 0. */
const gainOf = (worth: number): number => (worth > 2 ? 3 : worth > 0 ? 1 : 0);

/** Over lists with a document of any gain. */
function meanNdcg(scores: readonly number[], worth: readonly (readonly number[])[]): number {
  const dcg = (gains: readonly number[]) =>
    gains.reduce((sum, gain, place) => sum + gain / Math.log2(place + 2), 0);
  let start = 0;
  const each = worth.flatMap((list) => {
    const own = scores.slice(start, start + list.length);
    start += list.length;
    const gains = list.map(gainOf);
    const order = own.map((_, i) => i).sort((a, b) => (own[b] as number) - (own[a] as number));
    const ideal = dcg([...gains].sort((a, b) => b - a));
    return ideal > 0 ? [dcg(order.map((i) => gains[i] as number)) / ideal] : [];
  });
  return each.reduce((sum, x) => sum + x, 0) / each.length;
}
