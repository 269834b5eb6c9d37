export const rows = (ours, python) => [
  {
    measure: 'add of 4 elements, µs',
    ours: ours.add,
    python: python.add,
    goal: '≤ 1.3 µs, ≤ 1.2 × Python',
    met: ours.add <= 1.3 && ours.add <= 1.2 * python.add,
  },
  {
    measure: 'the same with autograd, µs',
    ours: ours.addAutograd,
    python: python.addAutograd,
    goal: '≤ 1.0 × Python',
    met: ours.addAutograd <= python.addAutograd,
  },
];
