/** Milliseconds of one layer's attention, forward and backward. Python: the ways that ours was chosen from. */
export const rows = (ours, python) =>
  ['float32', 'bfloat16'].flatMap((dtype) => {
    const sorted = ours[`${dtype} sorted`];
    const ways = Object.keys(python).filter((key) => key.startsWith(dtype));
    return [
      ...ways.map((way) => ({
        measure: `${way.replace(/ (0\.\d+)$/, ' in buckets with $1 padding').replace(/equal$/, 'in runs of equal length')}, ms`,
        ours: sorted,
        python: python[way],
      })),
      {
        measure: `${dtype}, against the fastest of these, ms`,
        ours: sorted,
        python: Math.min(...ways.map((way) => python[way])),
      },
      { measure: `${dtype}, our unsorted stream, ms`, ours: ours[`${dtype} unsorted`] },
      { measure: `${dtype}, our padded rectangle, ms`, ours: ours[`${dtype} padded`] },
    ];
  });
