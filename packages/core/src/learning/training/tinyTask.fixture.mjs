// A real model small enough to be trained in milliseconds: the golden BERT (dropout 0.1) learns to tell its texts
// apart from two passes with different dropout (SimCSE, arXiv 2104.08821). Plain JavaScript, as children that are
// killed load it too, with the compiled packages.
import { fileURLToPath } from 'node:url';
import { loadBert } from '@ragwright/core/models';
import { arange, autocast, cat, crossEntropyLoss, indexSelect } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';

const folder = fileURLToPath(new URL('../../../golden/bert-tiny', import.meta.url));

/** Rows of 3 to 9 tokens that only their number decides. @param {number} row */
export const textOf = (row) =>
  Array.from({ length: 3 + (row % 7) }, (_, i) => 5 + ((row * 31 + i * 17) % 90));

/** @param {{ rows?: number, batchSize?: number }} [options] */
export async function tinyTask({ rows = 32, batchSize = 4 } = {}) {
  const model = await loadBert(folder);
  model.pooler?.dense.freeze();
  return {
    model,
    batchesPerEpoch: rows / batchSize,
    /** @param {number} epoch */
    *epoch(epoch) {
      const step = [5, 7, 11, 13][epoch % 4];
      const order = Array.from({ length: rows }, (_, i) => (i * step + epoch) % rows);
      for (let i = 0; i < rows; i += batchSize) yield order.slice(i, i + batchSize);
    },
    /** @param {readonly number[]} indexes */
    collate: (indexes) => indexes,
    /** @param {readonly number[]} indexes @param {string} precision */
    forwardBackward(indexes, precision) {
      const texts = indexes.map(textOf);
      const packed = pack([...texts, ...texts]);
      const forward = () => model.forward(packed).hidden;
      const hidden = precision === 'bfloat16' ? autocast({ dtype: 'bfloat16' }, forward) : forward();
      const starts = packed.cuSeqlens.narrow(0, 0, 2 * texts.length);
      const embeddings = indexSelect(hidden.to('float32'), 0, starts);
      const [a, b] = embeddings.split(texts.length, 0);
      const loss = crossEntropyLoss(a.matmul(b.t()).mul(0.2), arange(texts.length));
      loss.backward();
      return { loss: Number(loss.item()), tokens: 2 * texts.flat().length };
    },
    /** @param {readonly number[]} indexes */
    describe: (indexes) => `rows ${indexes.join(', ')}`,
    dataHash: `tiny ${rows}`,
    settings: { batchSize },
  };
}

/** All weights as one list of numbers, for comparisons to the bit. */
export function weightsOf(model) {
  const flat = cat(
    [...model.stateDict().values()].map((tensor) => tensor.detach().reshape([-1]).to('float32')),
    0,
  );
  return Buffer.from(flat.data().buffer).toString('base64');
}
