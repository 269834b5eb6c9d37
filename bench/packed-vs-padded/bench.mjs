// Training steps on sequences of log-normal length: here packed, in Python padded to the batch's longest.
import { autocast, backward, scope, setNumThreads } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { median, report, time } from '../shared/measure.mjs';
import { contrastiveLoss, loadModel, readBatches } from '../shared/minilm.mjs';

const [, , scratch, threads] = process.argv;
setNumThreads(Number(threads));
const batches = readBatches(scratch);

async function train(half) {
  const model = await loadModel(scratch);
  const optimizer = new AdamW(model.namedParameters(), { lr: 2e-5 });
  const losses = [];
  const speeds = batches.map((sequences) => {
    const tokens = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
    const milliseconds = time(() => {
      scope(() => {
        const batch = pack(sequences);
        const loss = autocast({ device: 'cpu', dtype: 'bfloat16', enabled: half }, () =>
          contrastiveLoss(model, batch),
        );
        backward(loss);
        losses.push(loss.item());
      });
      optimizer.step();
      optimizer.zeroGrad();
    });
    return (tokens / milliseconds) * 1e3;
  });
  model.dispose();
  optimizer.dispose();
  return { speed: median(speeds.slice(1)), losses };
}

const float32 = await train(false);
const bfloat16 = await train(true);
report({
  float32: float32.speed,
  bfloat16: bfloat16.speed,
  float32Losses: float32.losses,
  bfloat16Losses: bfloat16.losses,
});
