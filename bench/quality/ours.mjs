/**
 * Tunes an embedding model on a BEIR folder with this project's recipe (mined hard negatives, early stopping on dev)
 * and writes the same figures as peer.py: scores before and after on the test split, by trec_eval.
 *
 *   node bench/quality/ours.mjs DATA MODEL OUT.json [--epochs 1] [--batch 32] [--lr 5e-5] [--negatives 1]
 *                                                  [--precision bfloat16] [--seed 42] [--split test] [--keep FOLDER]
 *
 * --keep: where the run stays, with the tuned model in FOLDER/model (bench/quality/reranker.mjs takes it).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluateRetrieval } from '@ragwright/core/evaluation';
import {
  corpusTexts,
  mineAllHardNegatives,
  openCachedEmbedder,
  pairsFromJudgements,
  readBeir,
} from '@ragwright/core/learning';
import { tuneEmbedder } from '@ragwright/core/learning/recipes';
import { loadEmbeddingModel } from '@ragwright/core/models';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    epochs: { type: 'string', default: '1' },
    batch: { type: 'string', default: '32' },
    lr: { type: 'string', default: '5e-5' },
    negatives: { type: 'string', default: '1' },
    precision: { type: 'string', default: 'bfloat16' },
    seed: { type: 'string', default: '42' },
    split: { type: 'string', default: 'test' },
    keep: { type: 'string' },
  },
});
const [dataFolder, modelFolder, out] = positionals;
if (!dataFolder || !modelFolder || !out)
  throw new Error('usage: node bench/quality/ours.mjs DATA MODEL OUT.json');

const precision = values.precision === 'float32' ? 'float32' : 'bfloat16';
const split = /** @type {'test' | 'dev'} */ (values.split);
const seed = Number(values.seed);
const data = await readBeir(dataFolder);
const corpus = corpusTexts(data);
const model = await loadEmbeddingModel(modelFolder);

const runFolder = values.keep ?? mkdtempSync(join(tmpdir(), 'ragwright-quality-'));
// The corpus is embedded once by the base model: for its scores, the negatives and the dev set.
const base = await openCachedEmbedder(model.embedder(), join(runFolder, 'cache'));
const before = await evaluate(split, base);
const pairs = await withNegatives(pairsFromJudgements(data, 'train'), Number(values.negatives));
const story = tuneEmbedder({
  model,
  pairs,
  dev: await devSet(),
  ...(data.judgements.train && { judgements: data.judgements.train }),
  settings: {
    epochs: Number(values.epochs),
    batchSize: Number(values.batch),
    learningRate: Number(values.lr),
    precision,
    seed,
    evaluateEvery: 0,
  },
  runFolder,
});
const trained = await follow();
const after = await evaluate(split, model.embedder());
if (!values.keep) rmSync(runFolder, { recursive: true });
const { seconds, tokens, best } = trained.outcome;
writeFileSync(out, JSON.stringify({ settings: values, pairs: pairs.length, seconds, tokens, before, after }));
const shown = { before: before['ndcg@10'], after: after['ndcg@10'], best: best?.metric };
console.log(
  JSON.stringify({ ...values, pairs: pairs.length, seconds, tokensPerSecond: tokens / seconds, ...shown }),
);
await base.close();
model.dispose();

async function follow() {
  for (;;) {
    const next = await story.next();
    if (next.done) return next.value;
    const event = next.value;
    if (event.type === 'step' && event.step % 20 === 0)
      console.error(
        `${event.step}/${event.totalSteps} ${event.loss.toFixed(4)} ${Math.round(event.tokensPerSecond)}/s`,
      );
    if (event.type === 'evaluation') console.error(event.model, event.metrics);
  }
}

/** @param {'test' | 'dev'} part @param {import('@ragwright/core').Embedder} embedder */
async function evaluate(part, embedder) {
  const judgements = data.judgements[part];
  if (!judgements) throw new Error(`${dataFolder} has no ${part} split`);
  const metrics = ['ndcg@10', 'recall@100', 'mrr'];
  const { results } = await evaluateRetrieval({
    embedder,
    corpus,
    queries: data.queries,
    judgements,
    metrics,
  });
  const means = Object.fromEntries(results.map(({ name, mean }) => [name, mean]));
  return { ...means, queries: Object.fromEntries(results[0]?.perQuery ?? []) };
}

/** @param {import('@ragwright/core/learning').TrainingPair[]} rows @param {number} count */
async function withNegatives(rows, count) {
  if (count === 0) return rows;
  const mined = await mineAllHardNegatives({
    pairs: rows,
    source: { embedder: base, corpus },
    negatives: count,
    relativeMargin: 0.05,
    rangeMax: 100,
    ...(data.judgements.train && { knownPositives: data.judgements.train }),
  });
  console.error(`mined ${mined.pairs.length} of ${rows.length} rows`);
  return mined.pairs;
}

/** Dev queries over what answers them and what the base model ranks first: small enough to be measured often. */
async function devSet() {
  const judgements = data.judgements.dev;
  if (!judgements) return undefined;
  const { run } = await evaluateRetrieval({
    embedder: base,
    corpus,
    queries: data.queries,
    judgements,
    metrics: ['ndcg@10'],
  });
  const kept = new Set([...judgements.values()].flatMap((grades) => [...grades.keys()]));
  for (const found of run.values()) for (const id of [...found.keys()].slice(0, 20)) kept.add(id);
  const small = new Map([...corpus].filter(([id]) => kept.has(id)));
  return { corpus: small, queries: data.queries, judgements };
}
