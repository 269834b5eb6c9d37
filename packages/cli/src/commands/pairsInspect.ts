import { count } from '@ragwright/core/base';
import type { LengthSummary, PairsInspection } from '@ragwright/core/learning';
import { defineCommand } from '../command/define.ts';
import { checkFile } from '../data/checkPaths.ts';
import { columns, printable, type Style } from '../terminal/style.ts';

export const command = defineCommand({
  summary: 'Show what a file of pairs holds',
  description:
    'Checks a file of training pairs, and shows numbers, lengths, mistakes (repeated rows, negatives that are positives, near-duplicates) and rows drawn at random.',
  options: {
    show: { kind: 'number', hint: 'N', whole: true, min: 0, default: 3, about: 'Rows to show' },
    seed: { kind: 'number', hint: 'N', whole: true, min: 0, default: 0, about: 'Of the draw' },
  },
  words: [{ name: 'file', required: true, about: 'Pairs, JSON lines: query, positive, negative_1 …' }],
  examples: ['ragwright pairs inspect pairs.jsonl', 'ragwright pairs inspect pairs.jsonl --show 10 --json'],
  async run({ show, seed }, { terminal, words }) {
    const [file = ''] = words;
    checkFile('<file>', file);
    const { inspectPairs, loadPairs } = await import('@ragwright/core/learning');
    const pairs = await loadPairs(file, { ragged: true });
    const inspection = inspectPairs(pairs, { samples: show, seed });
    terminal.result(inspection, inWords(inspection, terminal.style));
  },
});

function inWords(inspection: PairsInspection, style: Style): string {
  const { rows, queries, positives, negativesPerRow, scored, problems, samples } = inspection;
  const { repeatedRows, falseNegatives, queryIsPositive, nearDuplicatePositives = 0 } = problems;
  const told = [
    [repeatedRows, 'rows are there more than once'],
    [falseNegatives, 'rows have a negative that is a positive of their query'],
    [queryIsPositive, 'rows have the query as positive'],
    [nearDuplicatePositives, 'positives are nearly the same as another'],
  ] as const;
  return [
    `${count(rows)} rows: ${count(queries)} queries, ${count(positives)} positives, ${negativesPerRow.mean.toFixed(1)} negatives a row${scored > 0 ? `, ${count(scored)} with scores` : ''}`,
    columns([
      ['words', 'min', 'median', 'mean', '95 %', 'max'],
      lengthRow('query', inspection.queryWords),
      lengthRow('positive', inspection.positiveWords),
      ...(inspection.negativeWords ? [lengthRow('negative', inspection.negativeWords)] : []),
    ]),
    ...told
      .filter(([number]) => number > 0)
      .map(([number, what]) => style.yellow(`! ${count(number)} ${what}`)),
    ...samples.flatMap(({ query, positive, negatives = [] }) => [
      '',
      `${style.bold('?')} ${short(query)}`,
      `${style.green('+')} ${short(positive)}`,
      ...negatives.map((text) => `${style.red('-')} ${short(text)}`),
    ]),
  ].join('\n');
}

const lengthRow = (name: string, { min, median, mean, p95, max }: LengthSummary): string[] => [
  name,
  ...[min, median, Math.round(mean), p95, max].map(count),
];

const short = (text: string): string => {
  const flat = printable(text.replace(/\s+/gu, ' ').trim());
  return flat.length > 160 ? `${flat.slice(0, 159)}…` : flat;
};
