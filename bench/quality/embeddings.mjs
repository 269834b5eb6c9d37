#!/usr/bin/env node
/*
 * Whether our vectors are sentence-transformers': encodes texts of all lengths with both and prints the smallest
 * cosine between the two vectors of a text.
 *
 *   npm run build
 *   node bench/quality/embeddings.mjs MODEL DATA --python <python with sentence-transformers>
 *
 * MODEL: a folder in sentence-transformers' layout. DATA: a BEIR folder; its documents and queries are sorted by length,
 * and so many are taken at equal steps, the shortest and the longest included. Options: --texts (1000), --threads (2),
 * --limit (0.99999): exit code 1 below it in float32; --limit-bf16 (0.999).
 */
import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadEmbeddingModel } from '@ragwright/core/models';
import { setNumThreads } from '@ragwright/torch';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    texts: { type: 'string', default: '1000' },
    threads: { type: 'string', default: '2' },
    limit: { type: 'string', default: '0.99999' },
    'limit-bf16': { type: 'string', default: '0.999' },
  },
});
const [modelFolder, dataFolder] = positionals;
if (!modelFolder || !dataFolder || !existsSync(dataFolder)) {
  console.error('usage: node bench/quality/embeddings.mjs MODEL DATA --python <path>');
  process.exit(2);
}
setNumThreads(Number(values.threads));
const scratch = await mkdtemp(join(tmpdir(), 'ragwright-embeddings-'));
try {
  const texts = await sample(Number(values.texts));
  const model = await loadEmbeddingModel(modelFolder);
  const theirs = await theirVectors(texts, model.dimensions);
  const results = {};
  for (const precision of ['float32', 'bfloat16']) {
    const ours = await model.encode(texts, { precision });
    const cosines = ours.map((vector, i) => cosine(vector, theirs[i]));
    const smallest = Math.min(...cosines);
    const worst = texts[cosines.indexOf(smallest)].slice(0, 60);
    results[precision] = { smallest, mean: cosines.reduce((a, b) => a + b) / cosines.length, worst };
  }
  const lengths = texts.map((text) => text.length);
  const characters = { least: Math.min(...lengths), most: Math.max(...lengths) };
  console.log(JSON.stringify({ texts: texts.length, characters, ...results }, null, 2));
  const low =
    results.float32.smallest < Number(values.limit) ||
    results.bfloat16.smallest < Number(values['limit-bf16']);
  process.exitCode = low ? 1 : 0;
} finally {
  await rm(scratch, { recursive: true, force: true });
}

/** Texts of all lengths. */
async function sample(count) {
  const texts = new Set();
  for (const name of ['queries.jsonl', 'corpus.jsonl']) {
    for await (const line of createInterface({ input: createReadStream(join(dataFolder, name), 'utf8') })) {
      if (line.trim() === '') continue;
      const { title = '', text } = JSON.parse(line);
      texts.add(`${title} ${text}`.trim());
    }
  }
  const sorted = [...texts].sort((a, b) => a.length - b.length || (a < b ? -1 : 1));
  const wanted = Math.min(count, sorted.length);
  return Array.from(
    { length: wanted },
    (_, i) => sorted[Math.round((i * (sorted.length - 1)) / Math.max(1, wanted - 1))],
  );
}

async function theirVectors(texts, dimensions) {
  const [input, output] = [join(scratch, 'texts.json'), join(scratch, 'vectors.f32')];
  await writeFile(input, JSON.stringify(texts));
  const script = fileURLToPath(new URL('embeddings.py', import.meta.url));
  const env = { ...process.env, OMP_NUM_THREADS: values.threads, HF_HUB_OFFLINE: '1' };
  const args = [script, modelFolder, input, output, '--threads', values.threads];
  const done = spawnSync(values.python, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.status !== 0) throw new Error(`${values.python} failed:\n${done.stderr}${done.stdout}`);
  const bytes = await readFile(output);
  return texts.map(
    (_, i) => new Float32Array(bytes.buffer, bytes.byteOffset + i * dimensions * 4, dimensions),
  );
}

function cosine(a, b) {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  return dot / Math.sqrt(aa * bb);
}
