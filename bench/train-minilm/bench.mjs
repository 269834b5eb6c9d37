// Training steps of a MiniLM-L6-shaped encoder: 32 sequences of 128 tokens, float32, AdamW.
import { backward, scope, setNumThreads } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { maxRss, median, report, time } from '../shared/measure.mjs';
import { contrastiveLoss, loadModel, readBatches } from '../shared/minilm.mjs';

const importRssMB = maxRss();
const [, , scratch, threads] = process.argv;
setNumThreads(Number(threads));
const model = await loadModel(scratch);
const optimizer = new AdamW(model.namedParameters(), { lr: 2e-5 });
const losses = [];
const times = [];
for (const sequences of readBatches(scratch)) {
  times.push(
    time(() => {
      scope(() => {
        const loss = contrastiveLoss(model, pack(sequences));
        backward(loss);
        losses.push(loss.item());
      });
      optimizer.step();
      optimizer.zeroGrad();
    }),
  );
}
const tokens = 32 * 128;
report({ tokensPerSecond: (tokens / median(times.slice(1))) * 1e3, maxRssMB: maxRss(), importRssMB, losses });
