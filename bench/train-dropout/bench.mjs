// Training steps as fine-tuning has them: dropout 0.1, short queries against long passages. Here packed, in Python padded.
import { autocast, backward, manualSeed, scope, setNumThreads } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { AdamW, clipGradNorm } from '@ragwright/torch/optim';
import { maxRss, median, report } from '../shared/measure.mjs';
import { contrastiveLoss, loadModel, readBatches } from '../shared/minilm.mjs';

const [, , scratch, threads] = process.argv;
setNumThreads(Number(threads));
const batches = readBatches(scratch);

/** Tokens per second of wall clock, and per second of one core: the second holds on a busy machine too. */
async function train(half) {
  manualSeed(0);
  const model = await loadModel(scratch);
  const optimizer = new AdamW(model.namedParameters(), { lr: 2e-5 });
  const [wall, core] = [[], []];
  let loss = Number.NaN;
  for (const sequences of batches) {
    const tokens = sequences.reduce((sum, sequence) => sum + sequence.length, 0);
    const [start, before] = [performance.now(), process.cpuUsage()];
    loss = scope(() => {
      const batch = pack(sequences);
      const value = autocast({ device: 'cpu', dtype: 'bfloat16', enabled: half }, () =>
        contrastiveLoss(model, batch),
      );
      backward(value);
      return value.item();
    });
    clipGradNorm(model.parameters(), 1);
    optimizer.step();
    optimizer.zeroGrad();
    const used = process.cpuUsage(before);
    wall.push((tokens / (performance.now() - start)) * 1e3);
    core.push((tokens / (used.user + used.system)) * 1e6);
  }
  model.dispose();
  optimizer.dispose();
  return { wall: median(wall.slice(1)), core: median(core.slice(1)), loss };
}

const importRssMB = maxRss();
const float32 = await train(false);
const float32MaxRssMB = maxRss();
const bfloat16 = await train(true);
report({
  importRssMB,
  float32MaxRssMB,
  float32Wall: float32.wall,
  float32Core: float32.core,
  float32Loss: float32.loss,
  bfloat16Wall: bfloat16.wall,
  bfloat16Core: bfloat16.core,
  bfloat16Loss: bfloat16.loss,
});
