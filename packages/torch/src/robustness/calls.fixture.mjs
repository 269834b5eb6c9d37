// Runs random calls in a process of their own: node calls.fixture.mjs <kind> <seed> <rounds> <journal>.
// The journal holds the call that is being made, so that a crash names it. The last line of output is JSON.
import { openSync, writeSync } from 'node:fs';
import { memory, scope, setNumThreads, Tensor, TorchError } from '../../dist/index.js';
import { native } from '../../dist/native/attach.js';
import { Random } from './random.fixture.mjs';
import { boundTargets, functionTargets, methodTargets, nativeTargets } from './targets.fixture.mjs';
import { describe, Mine, Values } from './values.fixture.mjs';

const [kind, seed, rounds, journalPath] = process.argv.slice(2);
const targets = {
  functions: functionTargets,
  methods: methodTargets,
  native: nativeTargets,
  bound: boundTargets,
}[kind]();
const journal = openSync(journalPath, 'w');
const values = new Values(new Random(Number(seed)));
const untyped = new Map();
let slowest = { time: 0, text: '' };
const outcomes = { calls: 0, returned: 0, derivatives: 0, errors: {} };

setNumThreads(1);
process.on('unhandledRejection', (error) => judge('an unhandled rejection', error));

function judge(text, error) {
  if (error instanceof Mine) return;
  const name = TorchError.isInstance(error) ? error.name : 'untyped';
  outcomes.errors[name] = (outcomes.errors[name] ?? 0) + 1;
  if (name === 'untyped' && untyped.size < 40)
    untyped.set(text.split('(')[0], `${text} → ${error?.stack ?? error}`);
}

function release(result) {
  for (const item of Array.isArray(result) ? result : [result])
    if (typeof item === 'number') native.release(item);
}

/** Formulas of derivatives have arguments to mistrust too. A huge expanded tensor would only take forever. */
function differentiate(result, text) {
  const outputs = (Array.isArray(result) ? result : [result]).filter((item) => item instanceof Tensor);
  for (const output of outputs) {
    if (!output.isDisposed && output.requiresGrad && output.numel < 1e5) {
      journalize(`sum().backward() of ${text}`);
      outcomes.derivatives++;
      output.sum().backward();
    }
  }
}

function journalize(text) {
  writeSync(journal, `${text.slice(0, 4000)}\n`.padEnd(4096), 0);
}

function callOnce({ name, make }) {
  values.begin();
  const { args, run } = make(values);
  const text = `${name}(${args.map((arg) => describe(arg)).join(', ')})`;
  journalize(text);
  outcomes.calls++;
  const start = performance.now();
  try {
    const result = run();
    outcomes.returned++;
    if (kind === 'native' || kind === 'bound') release(result);
    else if (result instanceof Promise) result.catch((error) => judge(text, error));
    else if (values.random.chance(0.5)) differentiate(result, text);
  } catch (error) {
    judge(text, error);
  }
  const time = performance.now() - start;
  if (time > slowest.time) slowest = { time, text };
  native.setGradEnabled(true);
  native.setAutocast('cpu', -1);
}

const before = memory('thread');
for (let round = 0; round < Number(rounds); round++) {
  for (const target of targets) scope(() => callOnce(target));
}
native.scopeSelect(0);
const after = memory('thread');
const leaked = { tensors: after.liveTensors - before.liveTensors, bytes: after.bytes - before.bytes };
console.log(
  JSON.stringify({ targets: targets.length, ...outcomes, slowest, leaked, untyped: [...untyped.values()] }),
);
