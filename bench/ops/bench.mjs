// What one call costs: add of two tensors of 4 elements, without and with recording for autograd.
import { add, ones, scope, setNumThreads } from '@ragwright/torch';
import { median, report } from '../shared/measure.mjs';

const [, , , threads] = process.argv;
setNumThreads(Number(threads));
const CALLS = 1000;
const REPEATS = 300;

/** Median microseconds of a call, its share of freeing included. */
function cost(a, b) {
  const batch = () =>
    scope(() => {
      for (let i = 0; i < CALLS; i++) add(a, b);
    });
  for (let i = 0; i < 50; i++) batch();
  const times = [];
  for (let i = 0; i < REPEATS; i++) {
    const start = process.hrtime.bigint();
    batch();
    times.push(Number(process.hrtime.bigint() - start) / 1e3 / CALLS);
  }
  return median(times);
}

const [a, b, leaf] = [ones([4]), ones([4]), ones([4]).requiresGrad_()];
report({ add: cost(a, b), addAutograd: cost(leaf, b) });
