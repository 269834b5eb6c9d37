// The TypeScript side of minilm.py: the same model, batches and loss, on packed text.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadBert } from '@ragwright/core/models';
import { arange, cat, crossEntropyLoss, scope } from '@ragwright/torch';

export const loadModel = async (folder) => (await loadBert(folder)).train();

export const readBatches = (folder) => JSON.parse(readFileSync(join(folder, 'batches.json'), 'utf8'));

/** Mean over the tokens of each sequence: [T, hidden] → [sequences, hidden]. */
function meanPool(hidden, lengths) {
  if (new Set(lengths).size === 1) return hidden.view([lengths.length, lengths[0], -1]).mean([1]);
  return cat(
    hidden.splitWithSizes([...lengths], 0).map((part) => part.mean([0], true)),
    0,
  );
}

/** In-batch negatives: mean-pooled first half of the batch against its second half, cosine × 20. */
export function contrastiveLoss(model, batch) {
  return scope(() => {
    const pooled = meanPool(model.forward(batch).hidden, batch.lengths).to('float32');
    const vectors = pooled.div(pooled.norm(2, [1], true).clampMin(1e-12));
    const half = batch.lengths.length / 2;
    const [queries, passages] = vectors.split(half, 0);
    const scores = queries.matmul(passages.t()).mul(20);
    return crossEntropyLoss(scores, arange(half, { dtype: 'int64' }));
  });
}
