const GOAL = 50;

export const rows = (ours, python) => [
  {
    measure: 'recursive, 1,000 characters, MB/s',
    ours: ours.characters,
    python: python.characters,
    goal: `≥ ${GOAL} MB/s`,
    met: ours.characters >= GOAL,
  },
  {
    measure: 'the same, overlap 100, MB/s',
    ours: ours.overlap,
    python: python.overlap,
    goal: `≥ ${GOAL} MB/s`,
    met: ours.overlap >= GOAL,
  },
  {
    measure: 'recursive, 256 estimated tokens, MB/s',
    ours: ours.estimate,
    goal: `≥ ${GOAL} MB/s`,
    met: ours.estimate >= GOAL,
  },
  { measure: 'the same, overlap 32, MB/s', ours: ours.estimateOverlap },
  { measure: 'the same without overlap, with ids and texts of the chunks, MB/s', ours: ours.chunks },
  { measure: 'Markdown-aware, 256 estimated tokens, MB/s', ours: ours.markdown },
  { measure: 'code-aware, 256 estimated tokens, MB/s', ours: ours.code },
  { measure: 'by sentences, 256 estimated tokens, MB/s', ours: ours.sentence },
];
