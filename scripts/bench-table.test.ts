import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { insert, readmes, render, wantedText } from './bench-table.mjs';

test.each(readmes)('$file shows the recorded figures; if not: node scripts/bench-table.mjs', (readme) => {
  expect(readFileSync(readme.file, 'utf8')).toBe(wantedText(readme));
});

test('a table', () => {
  const baseline = {
    command: 'node bench/run.mjs ops',
    rounds: 3,
    machine: { cpu: 'Some CPU', threads: 2, node: 'v20', extra: { deep: 1 } },
    table: [
      { measure: 'add | µs', ours: 1.5, python: 2, ratio: 0.75, goal: '≤ 1.3', met: false },
      { measure: 'tokens/s', ours: 12345.6, python: 1000, ratio: 12.35, met: true },
      { measure: 'other', ours: 1, python: Number.NaN, ratio: Number.NaN },
    ],
  };
  const text = render([['ops', JSON.parse(JSON.stringify(baseline))]]);
  expect(text).toContain(`### ops

| measure   | here   | Python | ratio | goal  | met    |
| --------- | ------ | ------ | ----- | ----- | ------ |
| add \\| µs | 1.5    | 2      | 0.75  | ≤ 1.3 | **no** |
| tokens/s  | 12,346 | 1,000  | 12.35 |       | yes    |
| other     | 1      | –      | –     |       |        |
`);
  expect(text).toContain(
    'Medians of 3 alternating rounds; Some CPU, threads 2, node v20. `node bench/run.mjs ops`',
  );
});

test('without figures, and without markers', () => {
  expect(render([])).toContain('No figures are recorded yet.');
  expect(insert('a<!-- bench:begin -->old<!-- bench:end -->b', 'new\n')).toBe(
    'a<!-- bench:begin -->\nnew\n<!-- bench:end -->b',
  );
  expect(() => insert('no markers', 'x')).toThrow(/lacks the markers/);
});
