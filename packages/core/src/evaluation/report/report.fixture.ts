import { SeededRandom } from '../../base/rng.ts';
import type { Comparison } from '../types.ts';
import { scoreHistograms } from './scoreHistograms.ts';
import type { EvaluationPoint, Passage, QueryChange, ReportData, StageReport, StepPoint } from './types.ts';
import { decide } from './verdict.ts';

export function comparison(
  metric: string,
  base: number,
  tuned: number,
  half: number,
  pValue: number,
): Comparison {
  const difference = tuned - base;
  return {
    metric,
    base,
    tuned,
    difference,
    interval: [difference - half, difference + half],
    pValue,
    queries: 111,
    improved: 38,
    worse: 14,
    unchanged: 59,
    baseInterval: [base - 0.062, base + 0.06],
    tunedInterval: [tuned - 0.058, tuned + 0.055],
  };
}

const passage = (title: string, text: string, score: number, relevant = false): Passage => ({
  id: title.toLowerCase().replaceAll(' ', '-'),
  title,
  text,
  score,
  relevant,
});

const marfan = passage(
  'Marfan syndrome',
  'Marfan syndrome is a disorder of the connective tissue that strengthens the body’s structures. Its features vary from person to person, and they may show at birth or only in adult life. The heart and the large blood vessels are often affected.',
  0.712,
);
const thyroid = passage(
  'Hyperthyroidism',
  'Symptoms of an overactive thyroid include weight loss in spite of a good appetite, a fast heartbeat, trembling hands, sweating, and trouble sleeping. In older people they may be mistaken for ageing.',
  0.688,
);
const ehlers = passage(
  'Ehlers-Danlos syndrome',
  'A group of disorders that affect connective tissues supporting the skin, bones, blood vessels, and many other organs. Loose joints and stretchy skin are common signs.',
  0.701,
);
const stickler = passage(
  'Stickler syndrome',
  'A group of hereditary conditions with a distinctive facial appearance, eye abnormalities, hearing loss, and joint problems.',
  0.664,
);

const improved: readonly QueryChange[] = [
  {
    queryId: 'q-0147',
    query: 'What are the symptoms of Marfan syndrome?',
    base: { value: 0.301, rank: 9, passages: [ehlers, stickler, thyroid] },
    tuned: {
      value: 1,
      rank: 1,
      passages: [{ ...marfan, score: 0.831, relevant: true }, { ...ehlers, score: 0.644 }, stickler],
    },
  },
  {
    queryId: 'q-0021',
    query:
      'How is an overactive thyroid found in an older patient whose only complaint is that she is losing weight?',
    base: { value: 0, passages: [ehlers, marfan, stickler] },
    tuned: { value: 0.631, rank: 2, passages: [ehlers, { ...thyroid, relevant: true }, marfan] },
  },
  {
    queryId: 'q-0090',
    query: 'is stickler syndrome inherited',
    base: { value: 0.5, rank: 3, passages: [marfan, ehlers, { ...stickler, relevant: true }] },
    tuned: { value: 1, rank: 1, passages: [{ ...stickler, relevant: true, score: 0.79 }, marfan, ehlers] },
  },
];

const damaged: readonly QueryChange[] = [
  {
    queryId: 'q-0308',
    query: 'What to do for a loose joint?',
    base: { value: 1, rank: 1, passages: [{ ...ehlers, relevant: true }, marfan, thyroid] },
    tuned: { value: 0.387, rank: 5, passages: [marfan, stickler, thyroid] },
  },
];

function steps(): StepPoint[] {
  const random = new SeededRandom(7);
  return Array.from({ length: 240 }, (_, i) => ({
    step: i + 1,
    loss: 0.32 + 1.1 * Math.exp(-i / 45) + (random.float() - 0.5) * 0.34,
    gradNorm: 2.1 + 2.6 * Math.exp(-i / 30) + random.float() * 1.4,
    learningRate: 2e-5 * Math.min((i + 1) / 24, (240 - i) / 216),
    tokensPerSecond: 1650 + random.float() * 220 - (i % 60 === 0 ? 500 : 0),
  }));
}

const evaluations: readonly EvaluationPoint[] = [0.604, 0.621, 0.639, 0.648, 0.655, 0.652, 0.651].map(
  (value, i) => ({ step: i * 40, split: 'dev', metrics: { 'ndcg@10': value, 'recall@100': value + 0.3 } }),
);

function scores() {
  const random = new SeededRandom(11);
  const normal = (mean: number, deviation: number, count: number) =>
    Array.from(
      { length: count },
      () =>
        mean +
        deviation * Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float()),
    );
  return scoreHistograms(
    { positives: normal(0.62, 0.1, 420), negatives: normal(0.48, 0.1, 2100) },
    { positives: normal(0.7, 0.09, 420), negatives: normal(0.33, 0.11, 2100) },
    'mined hard negatives',
  );
}

const deciding = comparison('ndcg@10', 0.612, 0.6553, 0.0214, 0.0003);

/** A run with figures as they really come. */
export const golden: ReportData = {
  title: 'Medical questions and answers',
  createdAt: '2025-11-20T19:26:00.000Z',
  version: '0.1.0',
  base: {
    name: 'sentence-transformers/all-MiniLM-L6-v2',
    source: 'hf:sentence-transformers/all-MiniLM-L6-v2',
    hubId: 'sentence-transformers/all-MiniLM-L6-v2',
    parameters: 22_713_216,
    dimensions: 384,
    maxLength: 256,
    license: 'Apache-2.0',
  },
  tuned: {
    name: 'medquad-embedder',
    source: 'runs/medquad/model',
    parameters: 22_713_216,
    trainableParameters: 22_713_216,
    dimensions: 384,
    maxLength: 256,
  },
  verdict: decide(deciding),
  split: 'test',
  comparisons: [
    deciding,
    comparison('mrr@10', 0.5702, 0.6209, 0.0262, 0.0009),
    comparison('map@100', 0.5588, 0.6012, 0.0223, 0.0011),
    comparison('recall@10', 0.7541, 0.7885, 0.0391, 0.091),
    comparison('recall@100', 0.9292, 0.9345, 0.0157, 0.55),
  ],
  history: {
    steps: steps(),
    evaluations,
    stages: [
      { stage: 'load', seconds: 0.8, summary: '1,217 documents' },
      { stage: 'chunk', seconds: 0.3, summary: '1,530 chunks' },
      { stage: 'embed', seconds: 41.2, summary: '1,530 vectors' },
      { stage: 'index', seconds: 0.6 },
      { stage: 'evaluate base', seconds: 6.1, summary: 'nDCG@10 0.612' },
      { stage: 'mine hard negatives', seconds: 9.7, summary: '4 a pair' },
      { stage: 'train', seconds: 288.4, summary: '240 steps' },
      { stage: 'evaluate tuned', seconds: 46.9, summary: 'nDCG@10 0.655' },
    ],
    notices: [
      { level: 'info', message: 'The base model came out of the local cache.' },
      { level: 'warning', message: '1 file of 1,218 could not be read; see Data.' },
    ],
    bestStep: 160,
  },
  scores: scores(),
  queries: { metric: 'ndcg@10', improved, damaged },
  data: {
    name: 'MedQuAD, a part',
    source: 'https://github.com/abachaa/MedQuAD',
    license: 'CC BY 4.0',
    documents: 1217,
    chunks: 1530,
    tokensPerChunk: 148,
    pairsFrom: 'labelled (BEIR)',
    trainPairs: 842,
    negativesPerPair: 4,
    negativesFrom: 'found by the base model, relative margin 0.05',
    splits: [
      { name: 'train', queries: 842, judgements: 842 },
      { name: 'dev', queries: 105, judgements: 105 },
      { name: 'test', queries: 111, judgements: 113 },
    ],
    splitBy: 'as given',
    nearDuplicatesRemoved: 12,
    unreadable: [{ source: 'leaflets/scan-07.pdf', reason: 'no text in it (a scan?)' }],
  },
  config: {
    seed: 7,
    model: { base: 'hf:sentence-transformers/all-MiniLM-L6-v2', precision: 'float32' },
    documents: { path: 'data', format: 'beir' },
    chunks: { splitter: 'recursive', size: 256, overlap: 32 },
    training: {
      objective: { name: 'MultipleNegativesRanking', scale: 20 },
      batchSize: 32,
      learningRate: 2e-5,
      epochs: 3,
      layers: ['all'],
    },
    evaluation: { metrics: ['ndcg@10', 'mrr@10', 'recall@100'], resamples: 10_000 },
  },
  cost: {
    seconds: 394,
    trainingSeconds: 288.4,
    tokens: 488_000,
    tokensPerSecond: 1692,
    peakMemory: 1.31e9,
    device: '2 CPU threads',
    precision: 'float32',
    library: 'libtorch 2.13.0',
  },
};

const stage = (name: string, mean: number, more: Partial<StageReport> = {}): StageReport => ({
  name,
  metric: 'ndcg@10',
  mean,
  interval: [mean - 0.06, mean + 0.058],
  ...more,
});

/** A pipeline whose base reranker hurts and whose tuned one helps. */
export const staged: ReportData = {
  ...golden,
  stages: [
    stage('base embedder', 0.612, { positives: { total: 113, missed: 8 }, latency: { p50: 6.2, p95: 8.9 } }),
    stage('tuned embedder', 0.6553, {
      gain: deciding,
      oracle: 0.6561,
      positives: { total: 113, missed: 6 },
      latency: { p50: 6.1, p95: 9 },
    }),
    stage('+ base reranker (ms-marco-MiniLM-L6-v2)', 0.631, {
      gain: comparison('ndcg@10', 0.6553, 0.631, 0.02, 0.021),
      oracle: 0.672,
      positives: { total: 113, missed: 9 },
      latency: { p50: 412, p95: 655 },
      decision: { kept: false, words: 'The reranker hurts and is left out (nDCG@10 0.655 → 0.631).' },
    }),
    stage('+ tuned reranker', 0.704, {
      gain: comparison('ndcg@10', 0.631, 0.704, 0.03, 0.00005),
      oracle: 0.748,
      positives: { total: 113, missed: 9 },
      latency: { p50: 409, p95: 661 },
      decision: {
        kept: true,
        words: 'The reranker helps and stays in the pipeline (nDCG@10 0.655 → 0.704).',
      },
    }),
  ],
};

/** Everything as close together as it gets: labels must not lie over each other. */
export const close: ReportData = {
  ...golden,
  comparisons: golden.comparisons.map((each) => ({
    ...each,
    base: 1,
    tuned: 1,
    baseInterval: [1, 1],
    tunedInterval: [1, 1],
  })),
  history: {
    ...golden.history,
    evaluations: evaluations.map((each) => ({ ...each, metrics: { 'ndcg@10': 1 } })),
  },
  scores: scoreHistograms(
    { positives: [0.5, 0.71], negatives: [0.5, 0.7] },
    { positives: [0.99, 1], negatives: [0.99, 1] },
    'mined hard negatives',
  ),
  stages: ['one', 'two', 'three'].map((name, i) =>
    stage(name, 1, {
      interval: [1, 1],
      oracle: 1,
      ...(i > 0 && { gain: comparison('ndcg@10', 1, 1, 0, 1), decision: { kept: false, words: 'No.' } }),
    }),
  ),
};

const HOSTILE = '<script>document.title="owned"</script><img src=x onerror=alert(1)>"\'&\u0000\ud800';
const ARABIC = 'ما هي أعراض متلازمة مارفان عند البالغين؟';
const ENDLESS = 'Donaudampfschifffahrtsgesellschaft'.repeat(400);

/** One query, nothing better, hostile and endless texts, right to left, no history, a model from scratch. */
export const edge: ReportData = {
  ...golden,
  title: `${HOSTILE} ${ARABIC}`,
  base: { name: `scratch ${HOSTILE}`, source: ENDLESS, fromScratch: true, license: HOSTILE },
  tuned: { name: ENDLESS.slice(0, 300), source: HOSTILE, fromScratch: true },
  comparisons: [
    {
      ...comparison('ndcg@10', 1, 0, 0, 1),
      queries: 1,
      improved: 0,
      worse: 1,
      unchanged: 0,
      baseInterval: [1, 1],
      tunedInterval: [0, 0],
    },
  ],
  verdict: decide({ ...comparison('ndcg@10', 1, 0, 0, 1) }),
  stages: [
    stage(HOSTILE, 1, { interval: [1, 1] }),
    stage(`${ARABIC} ${ENDLESS}`, 0, {
      interval: [0, 0],
      gain: comparison('ndcg@10', 1, 0, 0, 1),
      positives: { total: 1, missed: 1 },
      decision: { kept: false, words: HOSTILE + ENDLESS },
    }),
    stage('', Number.NaN, { interval: [Number.NaN, Number.NaN], oracle: Number.NaN }),
  ],
  history: {
    steps: [
      { step: 1, loss: Number.NaN, gradNorm: Number.POSITIVE_INFINITY, learningRate: 0, tokensPerSecond: 0 },
    ],
    evaluations: [],
    stages: [{ stage: ENDLESS, seconds: 0 }],
    notices: [{ level: 'warning', message: HOSTILE + ENDLESS }],
  },
  scores: scoreHistograms({ positives: [0.5], negatives: [] }, { positives: [], negatives: [] }, HOSTILE),
  queries: {
    metric: 'ndcg@10',
    improved: [],
    damaged: [
      {
        queryId: HOSTILE,
        query: `${ARABIC} ${ENDLESS}`,
        base: {
          value: 1,
          rank: 1,
          passages: [
            { id: 'a', text: `\u202e${HOSTILE}${ENDLESS}`, score: 1, relevant: true },
            { id: ENDLESS, title: ARABIC, text: ARABIC.repeat(20), score: Number.NaN, relevant: false },
          ],
        },
        tuned: { value: 0, passages: [] },
      },
    ],
  },
  data: {
    name: HOSTILE,
    documents: 1,
    chunks: 1,
    pairsFrom: ARABIC,
    trainPairs: 1,
    splits: [],
    unreadable: Array.from({ length: 30 }, (_, i) => ({ source: `${ENDLESS}${i}`, reason: HOSTILE })),
  },
  config: {
    [HOSTILE]: HOSTILE,
    nested: { [ENDLESS.slice(0, 200)]: { deep: [HOSTILE, ENDLESS] }, empty: {} },
  },
  cost: { ...golden.cost, seconds: Number.NaN, device: HOSTILE },
};
