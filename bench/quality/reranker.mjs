/**
 * Tunes a reranker on what a tuned embedding model finds in a BEIR folder, and measures the pipeline on the test split:
 * the embedding model alone, with the reranker, and with both scores together by a weight that is chosen on dev.
 *
 *   node bench/quality/reranker.mjs DATA EMBEDDER OUT.json [--start FOLDER] [--objective ListNet] [--epochs 3]
 *        [--batch 8] [--lr 1e-4] [--hard 4] [--from 0] [--to 30] [--random 1] [--margin 0.05] [--candidates 20]
 *        [--dev 150] [--precision bfloat16] [--seed 42] [--keep FOLDER]
 *
 * EMBEDDER is the tuned embedding model that finds the candidates; --start is what the reranker begins as (default: the
 * same model's encoder with a new head).
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '@ragwright/core';
import { compareMetrics, evaluateRetrieval, evaluateRun, rankDocuments } from '@ragwright/core/evaluation';
import {
  corpusTexts,
  listsFromJudgements,
  mineLists,
  openCachedEmbedder,
  readBeir,
} from '@ragwright/core/learning';
import { tuneReranker } from '@ragwright/core/learning/recipes';
import { loadCrossEncoder, loadEmbeddingModel } from '@ragwright/core/models';
import { manualSeed } from '@ragwright/torch';

const text = (/** @type {string} */ value) => /** @type {const} */ ({ type: 'string', default: value });
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    start: { type: 'string' },
    objective: text('ListNet'),
    epochs: text('3'),
    batch: text('8'),
    lr: text('1e-4'),
    hard: text('4'),
    from: text('0'),
    to: text('30'),
    random: text('1'),
    margin: text('0.05'),
    candidates: text('20'),
    dev: text('150'),
    length: text('256'),
    precision: text('bfloat16'),
    seed: text('42'),
    cache: { type: 'string' },
    keep: { type: 'string' },
  },
});
const [dataFolder, embedderFolder, out] = positionals;
if (!dataFolder || !embedderFolder || !out)
  throw new Error('usage: node bench/quality/reranker.mjs DATA EMBEDDER OUT.json');
const precision = values.precision === 'float32' ? 'float32' : 'bfloat16';
const seed = Number(values.seed);
const candidates = Number(values.candidates);
const metrics = ['ndcg@10', 'mrr@10', 'hit@1'];

const data = await readBeir(dataFolder);
const corpus = corpusTexts(data);
const runFolder = values.keep ?? mkdtempSync(join(tmpdir(), 'ragwright-reranker-'));
const embeddingModel = await loadEmbeddingModel(embedderFolder);
const embedder = await openCachedEmbedder(
  embeddingModel.embedder(),
  values.cache ?? join(runFolder, 'cache'),
);

manualSeed(seed);
const model = await loadCrossEncoder(values.start ?? embedderFolder, {
  settings: { maxSeqLength: Number(values.length) },
});
const isBinary = ['BinaryCrossEntropy', 'MultipleNegativesRanking'].includes(values.objective);
const judged = listsFromJudgements(data, 'train').map((list) =>
  isBinary ? { ...list, labels: list.labels.map((grade) => Math.min(grade, 1)) } : list,
);
const mined = await finish(
  mineLists({
    lists: judged,
    source: { embedder, corpus },
    corpus: Array.from(corpus, ([id, passage]) => ({ id, text: passage })),
    knownPositives: data.judgements.train,
    settings: {
      ranges:
        Number(values.hard) > 0
          ? [{ from: Number(values.from), to: Number(values.to), negatives: Number(values.hard) }]
          : [],
      random: Number(values.random),
      ...(Number(values.margin) > 0 && { relativeMargin: Number(values.margin) }),
      seed,
    },
  }),
);
console.error(
  `${mined.lists.length} lists, ${mined.mined} mined, ${mined.random} random, ${mined.filled} filled`,
);

const devFound = await found('dev', Number(values.dev));
const { outcome } = await finish(
  tuneReranker({
    model,
    lists: mined.lists,
    ...(devFound && {
      dev: {
        queries: data.queries,
        candidates: new Map(
          [...devFound.run].map(([id, scores]) => [
            id,
            top(scores).map((documentId) => ({ documentId, text: corpus.get(documentId) ?? '' })),
          ]),
        ),
        judgements: devFound.judgements,
      },
    }),
    settings: {
      objective: values.objective,
      epochs: Number(values.epochs),
      batchSize: Number(values.batch),
      learningRate: Number(values.lr),
      precision,
      seed,
      evaluateAtStart: false,
    },
    runFolder,
  }),
);

const weights = Array.from({ length: 21 }, (_, i) => i / 20);
const dev = devFound && { ...devFound, scores: await rerank(devFound.run) };
const devScores = dev && weights.map((weight) => mean(dev.judgements, fused(dev.run, dev.scores, weight)));
const weight = devScores ? (weights[devScores.indexOf(Math.max(...devScores))] ?? 1) : 0.5;
const test = await found('test', Number.POSITIVE_INFINITY);
if (!test) throw new Error('there is no test split');
const started = performance.now();
const scores = await rerank(test.run);
const seconds = (performance.now() - started) / 1000;
const systems = {
  retriever: test.run,
  reranker: fused(test.run, scores, 1),
  both: fused(test.run, scores, weight),
};
const results = Object.fromEntries(
  Object.entries(systems).map(([name, run]) => [name, evaluateRun(test.judgements, run, metrics)]),
);
const comparisons = {
  reranker: compareMetrics(results.retriever ?? [], results.reranker ?? []),
  both: compareMetrics(results.retriever ?? [], results.both ?? []),
};
writeFileSync(
  out,
  JSON.stringify({
    settings: values,
    lists: mined.lists.length,
    weight,
    devScores,
    outcome,
    comparisons,
    seconds,
  }),
);
for (const [name, [first]] of Object.entries(comparisons)) {
  console.log(
    `${name}${name === 'both' ? ` (weight ${weight})` : ''}: nDCG@10 ${first?.base.toFixed(4)} -> ${first?.tuned.toFixed(4)}, ${first?.interval.map((x) => x.toFixed(4))}, p ${first?.pValue.toFixed(4)}, better ${first?.improved}, worse ${first?.worse}`,
  );
}
console.log(
  JSON.stringify({
    weight,
    dev: devScores?.map((x) => Number(x.toFixed(4))),
    trainSeconds: outcome.seconds,
    tokensPerSecond: outcome.tokens / outcome.seconds,
    rerankSeconds: seconds,
  }),
);
if (!values.keep) rmSync(runFolder, { recursive: true });
await embedder.close();
model.dispose();
embeddingModel.dispose();

/**
 * @template T
 * @param {AsyncGenerator<import('@ragwright/core').RunEvent, T, undefined>} story
 */
async function finish(story) {
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

/**
 * What the embedding model finds for the first `most` queries of a split, in a fixed random order.
 * @param {'dev' | 'test'} split @param {number} most
 */
async function found(split, most) {
  const all = data.judgements[split];
  if (!all) return undefined;
  const judgements = new Map(new SeededRandom(1).shuffle([...all]).slice(0, most));
  const { run } = await evaluateRetrieval({ embedder, corpus, queries: data.queries, judgements, metrics });
  return { run, judgements };
}

/** @param {ReadonlyMap<string, number>} scores */
function top(scores) {
  return rankDocuments(scores).slice(0, candidates);
}

/** @param {import('@ragwright/core').Run} run */
async function rerank(run) {
  const asked = [...run].flatMap(([query, scores]) => top(scores).map((document) => ({ query, document })));
  const numbers = await model.score(
    asked.map(({ query, document }) => [data.queries.get(query) ?? '', corpus.get(document) ?? '']),
    { precision },
  );
  const scored = new Map();
  for (const [i, { query, document }] of asked.entries())
    scored.set(query, (scored.get(query) ?? new Map()).set(document, logit(numbers[i] ?? 0)));
  return scored;
}

/** Back from the sigmoid: differences near 0 and 1 count. @param {number} p */
function logit(p) {
  const clipped = Math.min(Math.max(p, 1e-7), 1 - 1e-7);
  return Math.log(clipped / (1 - clipped));
}

/**
 * The weighted sum of both scores, each scaled to 0..1 within the candidates of a query.
 * @param {import('@ragwright/core').Run} run @param {Map<string, Map<string, number>>} scores @param {number} weight
 */
function fused(run, scores, weight) {
  return new Map(
    [...run].map(([query, all]) => {
      const order = rankDocuments(all);
      const own = scores.get(query) ?? new Map();
      const read = order.filter((id) => own.has(id));
      const a = scaled(read.map((id) => own.get(id)));
      const b = scaled(read.map((id) => all.get(id) ?? 0));
      const mixed = new Map(read.map((id, i) => [id, weight * (a[i] ?? 0) + (1 - weight) * (b[i] ?? 0)]));
      for (const [i, id] of order.filter((each) => !own.has(each)).entries()) mixed.set(id, -1 - i);
      return [query, mixed];
    }),
  );
}

/** @param {number[]} numbers */
function scaled(numbers) {
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  return numbers.map((number) => (high > low ? (number - low) / (high - low) : 0.5));
}

/** @param {import('@ragwright/core').Qrels} judgements @param {import('@ragwright/core').Run} run */
function mean(judgements, run) {
  return evaluateRun(judgements, run, ['ndcg@10'])[0]?.mean ?? 0;
}
