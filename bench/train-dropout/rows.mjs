const memory = (ours, python) => [
  {
    measure: 'largest resident memory, fp32, MB',
    ours: ours.float32MaxRssMB,
    python: python.float32MaxRssMB,
    goal: '≤ 0.7 × padded',
    met: ours.float32MaxRssMB <= 0.7 * python.float32MaxRssMB,
  },
  { measure: 'resident after the imports, MB', ours: ours.importRssMB, python: python.importRssMB },
  {
    measure: 'the difference of the two, MB',
    ours: ours.float32MaxRssMB - ours.importRssMB,
    python: python.float32MaxRssMB - python.importRssMB,
  },
];

export const rows = (ours, python) => [...speed(ours, python), ...memory(ours, python)];

const speed = (ours, python) =>
  [
    ['fp32', 'float32', 2.2],
    ['bf16 autocast', 'bfloat16', 3],
  ].flatMap(([name, key, goal]) => [
    {
      measure: `real tokens/s, ${name}, dropout 0.1`,
      ours: ours[`${key}Wall`],
      python: python[`${key}Wall`],
      goal: `≥ ${goal} × padded`,
      met: ours[`${key}Wall`] >= goal * python[`${key}Wall`],
    },
    {
      measure: `real tokens per second of one core, ${name}`,
      ours: ours[`${key}Core`],
      python: python[`${key}Core`],
    },
  ]);
