#!/usr/bin/env node
/*
 * Whether our training follows sentence-transformers': the same model, data in the same order, the same settings
 * (AdamW, 2e-5, warm-up, gradients clipped to 1), dropout off; prints both losses of every step and the largest
 * difference.
 *
 *   npm run build
 *   node bench/quality/loss-parity.mjs MODEL DATA --python <python with sentence-transformers>
 *
 * MODEL: a folder in sentence-transformers' layout. DATA: a BEIR folder with a train split. Options: --steps (50),
 * --batch (16), --threads (2), --precision float32|bfloat16, --tokens-in-memory <n> (cached if the batch has more),
 * --limit (1e-3): exit code 1 above it.
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import {
  collator,
  embeddingForwardBackward,
  multipleNegativesRanking,
  noDuplicatesSampler,
  train,
} from '@ragwright/core/learning';
import { loadEmbeddingModel } from '@ragwright/core/models';
import { setNumThreads } from '@ragwright/torch';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    steps: { type: 'string', default: '50' },
    batch: { type: 'string', default: '16' },
    threads: { type: 'string', default: '2' },
    precision: { type: 'string', default: 'float32' },
    'tokens-in-memory': { type: 'string', default: 'Infinity' },
    limit: { type: 'string', default: '1e-3' },
  },
});
const [modelFolder, dataFolder] = positionals;
if (!modelFolder || !dataFolder || !existsSync(dataFolder)) {
  console.error('usage: node bench/quality/loss-parity.mjs MODEL DATA --python <path>');
  process.exit(2);
}
const settings = { learningRate: 2e-5, warmupRatio: 0.1, maxGradNorm: 1 };
const scratch = await mkdtemp(join(tmpdir(), 'ragwright-parity-'));
try {
  const model = await withoutDropout(modelFolder, join(scratch, 'model'));
  const rows = await trainingRows(dataFolder);
  const batches = [
    ...noDuplicatesSampler(rows, { batchSize: Number(values.batch), dropLast: true }).epoch(0),
  ];
  const chosen = batches.slice(0, Number(values.steps));
  const theirs = await theirLosses(
    model,
    chosen.map((batch) => batch.map((row) => rows[row])),
  );
  const ours = await ourLosses(model, rows, chosen);
  const differences = ours.map((loss, step) => Math.abs(loss - theirs[step]));
  for (const [step, loss] of ours.entries()) {
    console.log(
      `${step + 1}`.padStart(4),
      loss.toFixed(6),
      theirs[step].toFixed(6),
      differences[step].toExponential(1),
    );
  }
  const largest = Math.max(...differences);
  console.log(JSON.stringify({ steps: ours.length, largest, atStep: differences.indexOf(largest) + 1 }));
  process.exitCode = largest <= Number(values.limit) ? 0 : 1;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** A copy of the model whose config says that nothing is dropped. */
async function withoutDropout(folder, copy) {
  await cp(folder, copy, { recursive: true, dereference: true });
  const file = join(copy, 'config.json');
  const config = JSON.parse(await readFile(file, 'utf8'));
  for (const key of Object.keys(config))
    if (/dropout/.test(key) && typeof config[key] === 'number') config[key] = 0;
  await writeFile(file, JSON.stringify(config));
  return copy;
}

/** Each judged query of the train split with each of its documents. */
async function trainingRows(folder) {
  const table = async (name) => {
    const found = new Map();
    for await (const line of createInterface({ input: createReadStream(join(folder, name), 'utf8') })) {
      if (line.trim() === '') continue;
      const { _id, title = '', text } = JSON.parse(line);
      found.set(_id, `${title} ${text}`.trim());
    }
    return found;
  };
  const [queries, corpus] = [await table('queries.jsonl'), await table('corpus.jsonl')];
  const judged = (await readFile(join(folder, 'qrels', 'train.tsv'), 'utf8')).trim().split('\n').slice(1);
  return judged.flatMap((line) => {
    const [query, document, grade] = line.trim().split('\t');
    return Number(grade) > 0 ? [{ query: queries.get(query), positive: corpus.get(document) }] : [];
  });
}

async function theirLosses(model, batches) {
  const run = join(scratch, 'run.json');
  await writeFile(run, JSON.stringify({ batches, settings }));
  const script = fileURLToPath(new URL('loss-parity.py', import.meta.url));
  const env = { ...process.env, OMP_NUM_THREADS: values.threads, HF_HUB_OFFLINE: '1' };
  const done = spawnSync(values.python, [script, model, run, '--threads', values.threads], {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (done.status !== 0) throw new Error(`${values.python} failed:\n${done.stderr}${done.stdout}`);
  return JSON.parse(done.stdout.trim().split('\n').at(-1)).losses;
}

async function ourLosses(folder, rows, batches) {
  setNumThreads(Number(values.threads));
  const model = await loadEmbeddingModel(folder);
  const objective = multipleNegativesRanking();
  const tokensInMemory = Number(values['tokens-in-memory']);
  const task = {
    model,
    batchesPerEpoch: batches.length,
    epoch: () => batches,
    collate: collator({ rows, tokenize: (texts, role) => model.tokenize(texts, { role }) }),
    forwardBackward: (batch, precision) =>
      embeddingForwardBackward({ model, objective, batch, precision, tokensInMemory }),
    describe: (batch) => `rows ${batch.indexes.join(', ')}`,
    dataHash: 'loss-parity',
  };
  const run = { runFolder: join(scratch, 'run') };
  const losses = [];
  const events = train(task, { ...settings, precision: values.precision, checkpointEvery: 0 }, run);
  for await (const event of events) if (event.type === 'step') losses.push(event.loss);
  model.dispose();
  return losses;
}
