/** Largest absolute difference of two lists. */
const apart = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

/** Of sorted milliseconds: the smallest that this share of them does not exceed. */
const percentile = (sorted, share) => sorted[Math.min(sorted.length, Math.ceil(share * sorted.length)) - 1];

const precisions = [
  ['fp32', 'float32'],
  ['bf16', 'bfloat16'],
];

const rate = (ours, python, measure, key, factor) => ({
  measure,
  ours: ours[key],
  python: python[key],
  ...(factor && { goal: `≥ ${factor} × padded`, met: ours[key] >= factor * python[key] }),
});

export const rows = (ours, python) => [
  ...precisions.flatMap(([name, key], i) => [
    rate(ours, python, `training, real tokens/s, ${name}, dropout 0.1`, `${key}TrainWall`, [2.2, 3][i]),
    rate(ours, python, `training, real tokens per second of one core, ${name}`, `${key}TrainCore`),
  ]),
  ...precisions.flatMap(([name, key], i) => [
    rate(ours, python, `reranking, real tokens/s, ${name}`, `${key}PredictWall`, [1.8, 3][i]),
    rate(ours, python, `reranking, real tokens per second of one core, ${name}`, `${key}PredictCore`),
  ]),
  ...precisions.flatMap(([name, key]) =>
    [50, 95].map((p) => ({
      measure: `100 candidates of 128 tokens, ${name}, p${p}, ms`,
      ours: percentile(ours[`${key}Latencies`], p / 100),
      python: percentile(python[`${key}Latencies`], p / 100),
    })),
  ),
  {
    measure: 'largest difference of a score, float32',
    ours: apart(ours.float32Scores, python.float32Scores),
    goal: '≤ 1e-5',
    met: apart(ours.float32Scores, python.float32Scores) <= 1e-5,
  },
  {
    measure: 'largest difference of a score from float32, bfloat16',
    ours: apart(ours.bfloat16Scores, ours.float32Scores),
    python: apart(python.bfloat16Scores, python.float32Scores),
  },
  {
    measure: 'largest resident memory, float32, MB',
    ours: ours.float32MaxRssMB,
    python: python.float32MaxRssMB,
  },
  { measure: 'resident after the imports, MB', ours: ours.importRssMB, python: python.importRssMB },
];
