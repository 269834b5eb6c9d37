/** Largest relative difference of two lists. */
const apart = (a, b) => Math.max(...a.map((value, i) => Math.abs(value - b[i]) / Math.abs(b[i])));

export const rows = (ours, python) => [
  {
    measure: 'real tokens/s, fp32',
    ours: ours.float32,
    python: python.float32,
    goal: '≥ 2.5 × padded',
    met: ours.float32 >= 2.5 * python.float32,
  },
  { measure: 'real tokens/s, bf16 autocast', ours: ours.bfloat16, python: python.bfloat16 },
  {
    measure: `loss of step ${ours.float32Losses.length}, fp32`,
    ours: ours.float32Losses.at(-1),
    python: python.float32Losses.at(-1),
    goal: 'all steps within 1e-5',
    met: apart(ours.float32Losses, python.float32Losses) < 1e-5,
  },
  {
    measure: `loss of step ${ours.bfloat16Losses.length}, bf16`,
    ours: ours.bfloat16Losses.at(-1),
    python: python.bfloat16Losses.at(-1),
    goal: 'all steps within 2 %',
    met: apart(ours.bfloat16Losses, python.bfloat16Losses) < 0.02,
  },
];
