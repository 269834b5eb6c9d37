export const rows = (ours, python) =>
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
