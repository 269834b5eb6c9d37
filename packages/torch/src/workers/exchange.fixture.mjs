// A worker that adopts posted tensors and answers each message.
import { parentPort } from 'node:worker_threads';
import { memory, numThreads, scope, Tensor, tensor } from '../../dist/index.js';

let held = [];

const jobs = {
  /** d(sum(x²))/dx = 2x, computed on this thread. */
  gradient: (ticket) =>
    scope(() => {
      const x = Tensor.adopt(ticket).detach().requiresGrad_();
      x.mul(x).sum().backward();
      return x.grad.share();
    }),
  /** Trains a shared weight for a while; its gradient is this thread's own. */
  train: (ticket) => {
    const weight = Tensor.adopt(ticket);
    const until = Date.now() + 300;
    while (Date.now() < until) {
      scope(() => weight.mul(weight).sum().backward());
      weight.grad = null;
    }
    weight.dispose();
    return weight.isDisposed;
  },
  threads: () => numThreads(),
  increment: (ticket) =>
    scope(() => {
      Tensor.adopt(ticket).add_(1);
    }),
  hold: (ticket) => {
    held = [Tensor.adopt(ticket), tensor([1, 2, 3])];
    return memory('thread').liveTensors;
  },
  release: () => {
    for (const each of held) each.dispose();
    return memory('thread').liveTensors;
  },
  postItself: () => parentPort.postMessage(tensor([1])),
};

parentPort.on('message', ({ job, ticket }) => {
  try {
    parentPort.postMessage({ answer: jobs[job](ticket) });
  } catch (error) {
    parentPort.postMessage({ error: { name: error.name, message: error.message } });
  }
});
