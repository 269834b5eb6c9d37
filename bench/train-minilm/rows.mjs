/** Largest relative difference of two lists. */
const apart = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.abs(b[i])));

export const rows = (ours, python) => [
  {
    measure: 'tokens/s, 32 × 128, fp32, AdamW',
    ours: ours.tokensPerSecond,
    python: python.tokensPerSecond,
    goal: '≥ 1.0 × Python',
    met: ours.tokensPerSecond >= python.tokensPerSecond,
  },
  {
    measure: 'largest resident memory of the process, MB',
    ours: ours.maxRssMB,
    python: python.maxRssMB,
    goal: '≤ 0.8 × Python',
    met: ours.maxRssMB <= 0.8 * python.maxRssMB,
  },
  { measure: 'resident after the imports, MB', ours: ours.importRssMB, python: python.importRssMB },
  {
    measure: 'the largest above that, MB',
    ours: ours.maxRssMB - ours.importRssMB,
    python: python.maxRssMB - python.importRssMB,
  },
  {
    measure: `loss of step ${ours.losses.length}`,
    ours: ours.losses.at(-1),
    python: python.losses.at(-1),
    goal: 'all steps within 1e-5',
    met: apart(ours.losses, python.losses) < 1e-5,
  },
];
