// A cross-encoder of MiniLM-L6's shape: training steps on packed pairs, scores of many pairs, one query's candidates.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadCrossEncoder } from '@ragwright/core/models';
import {
  autocast,
  backward,
  binaryCrossEntropyWithLogits,
  manualSeed,
  scope,
  setNumThreads,
  tensor,
} from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { AdamW, clipGradNorm } from '@ragwright/torch/optim';
import { maxRss, median, report } from '../shared/measure.mjs';

const [, , scratch, threads] = process.argv;
setNumThreads(Number(threads));
const folder = join(scratch, 'model');
const given = JSON.parse(readFileSync(join(scratch, 'pairs.json'), 'utf8'));

/** Tokens per second of wall clock, and per second of one core: the second holds on a busy machine too. */
function stopwatch() {
  const [start, before] = [performance.now(), process.cpuUsage()];
  return (tokens) => {
    const used = process.cpuUsage(before);
    return {
      wall: (tokens / (performance.now() - start)) * 1e3,
      core: (tokens / (used.user + used.system)) * 1e6,
    };
  };
}

async function train(half) {
  manualSeed(0);
  const model = (await loadCrossEncoder(folder)).train();
  const optimizer = new AdamW(model.namedParameters(), { lr: 2e-5 });
  const rates = [];
  let loss = Number.NaN;
  for (const [step, rows] of given.batches.entries()) {
    const stop = stopwatch();
    const { sequences, ...segments } = await model.tokenizePairs(rows);
    loss = scope(() => {
      const batch = pack(sequences, segments);
      const value = autocast({ device: 'cpu', dtype: 'bfloat16', enabled: half }, () => {
        const labels = tensor(rows.map(([, , label]) => label));
        return binaryCrossEntropyWithLogits(model.forward(batch).view([-1]), labels);
      });
      backward(value);
      return value.item();
    });
    clipGradNorm(model.parameters(), 1);
    optimizer.step();
    optimizer.zeroGrad();
    rates.push(stop(given.batchTokens[step]));
  }
  model.dispose();
  optimizer.dispose();
  const of = (key) => median(rates.slice(1).map((rate) => rate[key]));
  return { TrainWall: of('wall'), TrainCore: of('core'), TrainLoss: loss };
}

/** The weights themselves are narrow for bfloat16, as the peer's are: quicker than autocast, and a little less exact. */
async function rerank(dtype) {
  const model = await loadCrossEncoder(folder, { dtype });
  await model.score(given.predict.slice(0, 64)); // warm up
  const stop = stopwatch();
  const scores = await model.score(given.predict);
  const { wall, core } = stop(given.predictTokens);
  model.dispose();
  const settings = { maxSeqLength: given.candidateLength };
  const short = await loadCrossEncoder(folder, { settings, dtype });
  await short.score(given.candidates); // warm up
  const times = [];
  for (let i = 0; i < given.repeats; i++) {
    const start = performance.now();
    await short.score(given.candidates);
    times.push(performance.now() - start);
  }
  short.dispose();
  const latencies = times.sort((a, b) => a - b);
  return { PredictWall: wall, PredictCore: core, Scores: [...scores], Latencies: latencies };
}

const results = { importRssMB: maxRss() };
for (const precision of ['float32', 'bfloat16']) {
  for (const part of [await train(precision === 'bfloat16'), await rerank(precision)])
    for (const [key, value] of Object.entries(part)) results[`${precision}${key}`] = value;
  if (precision === 'float32') results.float32MaxRssMB = maxRss();
}
report(results);
