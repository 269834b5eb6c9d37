import { parentPort, workerData } from 'node:worker_threads';
import { encodeOne } from './assemble.ts';
import { compileTokenizer } from './compile.ts';
import type { WorkerAnswer, WorkerStart, WorkerTask } from './workerMessages.ts';

/* A thread that tokenises. Started by pool.ts. */

const { definition } = workerData as WorkerStart;
const compiled = compileTokenizer(definition);

parentPort?.on('message', ({ task, texts, options }: WorkerTask) => {
  const sequences = texts.map((text) => encodeOne(compiled, definition, text, options).ids);
  const lengths = Int32Array.from(sequences, (ids) => ids.length);
  const ids = new Int32Array(lengths.reduce((sum, length) => sum + length, 0));
  let at = 0;
  for (const sequence of sequences) {
    ids.set(sequence, at);
    at += sequence.length;
  }
  const answer: WorkerAnswer = { task, ids, lengths };
  parentPort?.postMessage(answer, [ids.buffer, lengths.buffer]);
});
