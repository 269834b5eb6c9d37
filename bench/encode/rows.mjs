/** Largest absolute difference of two lists. */
const apart = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i])));

const rate = (ours, python, precision, factor) => ({
  measure: `real tokens/s, ${precision}`,
  ours: ours[`${precision}TokensPerSecond`],
  python: python[`${precision}TokensPerSecond`],
  goal: `≥ ${factor} × sentence-transformers`,
  met: ours[`${precision}TokensPerSecond`] >= factor * python[`${precision}TokensPerSecond`],
});

export const rows = (ours, python) => [
  rate(ours, python, 'float32', 1.15),
  rate(ours, python, 'bfloat16', 1.8),
  {
    measure: 'smallest cosine of bfloat16 to float32',
    ours: ours.bfloat16MinCosine,
    python: python.bfloat16MinCosine,
    goal: '≥ 0.999',
    met: ours.bfloat16MinCosine >= 0.999,
  },
  {
    measure: 'largest resident memory, float32, MB',
    ours: ours.float32MaxRssMB,
    python: python.float32MaxRssMB,
    goal: '≤ 0.7 × sentence-transformers',
    met: ours.float32MaxRssMB <= 0.7 * python.float32MaxRssMB,
  },
  { measure: 'resident after the imports, MB', ours: ours.importRssMB, python: python.importRssMB },
  {
    measure: 'largest difference of a vector’s element, float32',
    ours: apart(ours.vectors, python.vectors),
    goal: '≤ 1e-5',
    met: apart(ours.vectors, python.vectors) <= 1e-5,
  },
];
