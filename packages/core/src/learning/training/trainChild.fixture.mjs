// Trains the tiny model in a process of its own, for tests that kill it. Says `ready` when it begins, every event in
// a line, and at the end a hash of the weights. Loads the compiled package.
import { createHash } from 'node:crypto';
import { tinyTask, weightsOf } from './tinyTask.fixture.mjs';

/** A compiled file; the package does not export all of them by name. @param {string} path */
const compiled = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href);
const { abortOnInterrupt, recordEvents } = await compiled('base/index.js');
const { train } = await compiled('learning/training/index.js');

const [runFolder, options, slow] = process.argv.slice(2);
const task = await tinyTask();
if (slow === 'evaluates') {
  task.evaluate = async () => ({
    'ndcg@10': -Math.abs(Number(task.model.embeddings.word_embeddings.weight.sum().item())),
  });
}
const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
const interrupt = abortOnInterrupt();
say('ready');
const events = recordEvents(
  runFolder,
  train(task, JSON.parse(options), { runFolder, resume: true, signal: interrupt.signal }),
);
try {
  for (;;) {
    const next = await events.next();
    if (!next.done) say(next.value);
    else {
      const weights = createHash('sha256').update(weightsOf(task.model)).digest('hex');
      say({ type: 'end', ...next.value, weights });
      break;
    }
  }
} catch (error) {
  say({ type: 'error', name: error.name, message: error.message });
  process.exitCode = 1;
}
interrupt.dispose();
