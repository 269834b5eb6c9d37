#!/usr/bin/env node
/**
 * Checks by hand that cross-encoders which we save load in sentence-transformers with equal logits. Needs a Python with
 * sentence-transformers >= 6, and a build:
 *
 *   node packages/core/scripts/check-crossencoder.mjs /path/to/python
 *
 * Saves each golden cross-encoder again, and new ones made from the golden embedding model and encoders, with what we
 * predict beside them; check-crossencoder.py then compares.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manualSeed } from '@ragwright/torch';
import { loadCrossEncoder } from '../dist/models/index.js';

const golden = fileURLToPath(new URL('../golden', import.meta.url));
const crossEncoders = join(golden, 'crossencoder');
const { pairs } = JSON.parse(readFileSync(join(crossEncoders, 'cases.json'), 'utf8'));
const work = mkdtempSync(join(tmpdir(), 'check-crossencoder-'));

/**
 * @param {string} source a model folder
 * @param {string} name of the folder to write
 * @param {import('../dist/models/index.js').LoadCrossEncoderOptions} [options]
 */
async function saveAgain(source, name, options) {
  manualSeed(1);
  const model = await loadCrossEncoder(source, options);
  const folder = join(work, name);
  await model.save(folder);
  const scores = (await model.predict(pairs)).map((row) => [...row]);
  writeFileSync(join(folder, 'expected.json'), JSON.stringify({ pairs, scores, ...model.settings }));
  model.dispose();
}

try {
  const names = readdirSync(crossEncoders).filter((name) => !name.endsWith('.json'));
  for (const name of names) {
    await saveAgain(join(crossEncoders, name), name);
    const settings = /** @type {const} */ ({ activation: 'identity', maxSeqLength: 21 });
    await saveAgain(join(crossEncoders, name), `${name}-logits-21`, { settings });
  }
  await saveAgain(join(golden, 'embedding', 'model'), 'from-embedding-model');
  await saveAgain(join(golden, 'embedding', 'model'), 'from-embedding-model-3', { settings: { labels: 3 } });
  const script = fileURLToPath(new URL('check-crossencoder.py', import.meta.url));
  const { status } = spawnSync(process.argv[2] ?? 'python3', [script, work], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(work, { recursive: true });
}
