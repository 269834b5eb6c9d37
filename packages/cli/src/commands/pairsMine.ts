import { count } from '@ragwright/core/base';
import type { MiningEvent, MiningSummary, Rescore, TrainingPair } from '@ragwright/core/learning';
import { defineCommand } from '../command/define.ts';
import { CommandError } from '../command/errors.ts';
import { parseOverrides } from '../config/overrides.ts';
import { checkData, dataOption, readData, splitOption } from '../data/readData.ts';
import { modelOptions, openModel } from '../models/openModel.ts';
import { withTeacher } from '../models/teacher.ts';
import type { Terminal } from '../terminal/terminal.ts';

export const command = defineCommand({
  summary: 'Find hard negatives for labelled pairs',
  description:
    "Finds passages that look like answers and, as far as anybody knows, are none, with sentence-transformers' knobs. Everything that any split calls relevant to a query is never its negative.",
  options: {
    ...modelOptions,
    data: dataOption,
    split: { ...splitOption, default: 'train', about: 'Whose pairs' },
    teacher: {
      kind: 'text',
      hint: 'MODEL',
      about: 'Cross-encoder that scores candidates and positives anew before margins and maxScore judge them',
    },
    output: { kind: 'text', hint: 'FILE', required: true, about: 'Where to write the pairs, .jsonl' },
    cache: { kind: 'text', hint: 'DIR', about: 'Keep vectors here, by content and model; default: nowhere' },
  },
  words: [
    {
      name: 'key=value',
      many: true,
      about:
        'negatives=3, relativeMargin=0.05, absoluteMargin, rangeMin, rangeMax, minScore, maxScore, sampling=random, format=triplet …',
    },
  ],
  examples: [
    'ragwright pairs mine --data data/scifact --model runs/first --output mined.jsonl',
    'ragwright pairs mine --data data/scifact --model runs/first --output mined.jsonl negatives=5 relativeMargin=0.05',
  ],
  async run(values, { terminal, signal, words }) {
    checkData(values.data);
    const {
      corpusTexts,
      formatMiningSummary,
      mineHardNegatives,
      miningSchema,
      pairsFromJudgements,
      writePairs,
    } = await import('@ragwright/core/learning');
    const { parseSettings } = await import('@ragwright/core/base');
    const knobs = parseOverrides(words);
    const { format } = parseSettings(miningSchema, knobs, 'command line');
    const data = await readData(values.data, terminal);
    const pairs = pairsFromJudgements(data, values.split);
    const { model, precision } = await openModel(values, { terminal, signal });
    try {
      const task = (rescore: Rescore | undefined) => ({
        ...knobs,
        ...(rescore && { rescore }),
        pairs,
        knownPositives: allPositives(data.judgements),
        source: {
          embedder: model.embedder({ precision }),
          corpus: corpusTexts(data),
          ...(values.cache === undefined ? {} : { cacheFolder: values.cache }),
        },
        signal,
      });
      let summary: MiningSummary | undefined;
      const ragged = format === 'labeled-list';
      const written = await withTeacher(values.teacher, { terminal, signal }, (teacher) => {
        const rows = followRows(mineHardNegatives(task(teacher)), terminal, (result) => {
          summary = result;
        });
        return writePairs(values.output, rows, { negatives: ragged ? 'list' : 'columns' });
      });
      if (summary === undefined) throw new CommandError('mining ended without a summary');
      terminal.result(
        { output: values.output, ...summary },
        `${formatMiningSummary(summary)}\n${values.output}: ${count(written)} rows`,
      );
    } finally {
      model.dispose();
    }
  },
});

/** The rows, with progress shown on the way. */
async function* followRows(
  events: AsyncGenerator<MiningEvent, MiningSummary, undefined>,
  terminal: Terminal,
  end: (summary: MiningSummary) => void,
): AsyncGenerator<TrainingPair> {
  for (;;) {
    const next = await events.next();
    if (next.done) return end(next.value);
    if (next.value.type === 'pairs') yield* next.value.pairs;
    else terminal.event(next.value);
  }
}

type Judged = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** What any split knows to be relevant. */
function allPositives(splits: Readonly<Partial<Record<string, Judged>>>): Judged {
  const all = new Map<string, Map<string, number>>();
  for (const judgements of Object.values(splits)) {
    for (const [query, grades] of judgements ?? []) {
      const known = all.get(query) ?? new Map<string, number>();
      for (const [id, grade] of grades) known.set(id, Math.max(grade, known.get(id) ?? 0));
      all.set(query, known);
    }
  }
  return all;
}
