// Texts → vectors with a MiniLM-L6-shaped embedding model: tokenising, packing, forward, pooling, normalising.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadEmbeddingModel } from '@ragwright/core/models';
import { setNumThreads } from '@ragwright/torch';
import { maxRss, report } from '../shared/measure.mjs';

const [, , scratch, threads] = process.argv;
setNumThreads(Number(threads));
const { texts, tokens } = JSON.parse(readFileSync(join(scratch, 'texts.json'), 'utf8'));
const results = { importRssMB: maxRss() };
const vectors = {};
for (const precision of ['float32', 'bfloat16']) {
  const model = await loadEmbeddingModel(join(scratch, 'model'));
  await model.encode(texts.slice(0, 64), { precision }); // warm up
  const start = performance.now();
  vectors[precision] = await model.encode(texts, { precision });
  results[`${precision}TokensPerSecond`] = (tokens / (performance.now() - start)) * 1e3;
  results[`${precision}MaxRssMB`] = maxRss();
  model.dispose();
}
const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);
const norm = (a) => Math.sqrt(dot(a, a));
const cosines = vectors.float32.map(
  (a, i) => dot(a, vectors.bfloat16[i]) / (norm(a) * norm(vectors.bfloat16[i])),
);
results.bfloat16MinCosine = Math.min(...cosines);
results.vectors = vectors.float32.filter((_, i) => i % 50 === 0).flatMap((vector) => [...vector]);
report(results);
