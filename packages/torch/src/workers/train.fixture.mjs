// A worker that trains a small perceptron: `steps` of them, or until it is terminated.
import { parentPort, workerData } from 'node:worker_threads';
import { manualSeed, memory, noGrad, randn, scope, setNumThreads, zeros } from '../../dist/index.js';

const { steps, seed } = workerData;
setNumThreads(1); // of the whole process; test files run side by side
manualSeed(seed);
const weight = randn([64, 256]).mul_(0.1).requiresGrad_();
const output = zeros([256, 1]).requiresGrad_();
const truth = randn([64, 1]);

function step() {
  return scope(() => {
    const x = randn([256, 64]);
    const loss = x.matmul(weight).relu().matmul(output).sub(x.matmul(truth)).square().mean();
    loss.backward();
    noGrad(() => {
      for (const parameter of [weight, output]) {
        parameter.sub_(parameter.grad.mul(0.01));
        parameter.grad.zero_();
      }
    });
    return loss.item();
  });
}

const first = step();
parentPort.postMessage({ started: true });
let last = first;
for (let i = 0; i < steps; i++) last = step();
parentPort.postMessage({ first, last, live: memory('thread').liveTensors });
