import { bytes, count, duration, parseSettings } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { UsageError } from '../command/errors.ts';
import { exitCodes } from '../command/exitCodes.ts';
import type { Context } from '../command/types.ts';
import { parseOverrides } from '../config/overrides.ts';
import { checkFile } from '../data/checkPaths.ts';
import { checkData, dataOption, readData } from '../data/readData.ts';
import { fetchModel } from '../models/fetchModel.ts';
import { modelOptions, openModel } from '../models/openModel.ts';
import { withTeacher } from '../models/teacher.ts';
import { follow } from '../terminal/follow.ts';

export const command = defineCommand({
  summary: 'Fine-tune a reranker (cross-encoder)',
  description:
    "Fine-tunes a cross-encoder on the mistakes of a retriever: the documents that the data's train split calls relevant, against what --retriever finds instead and some documents at random. Or on a file of pairs, triples or scored lists. The dev split, if there is one, decides which checkpoint is kept. The model goes into <out>/model. Ctrl-C saves; --resume goes on.",
  options: {
    model: {
      ...modelOptions.model,
      about: 'What it begins as: a cross-encoder, or an embedding model or encoder, which gets a new head',
    },
    retriever: {
      kind: 'text',
      hint: 'MODEL',
      about: 'Embedding model that finds the candidates: the tuned one',
    },
    'max-length': { ...modelOptions['max-length'], about: 'Cut pairs here; default: what the model says' },
    data: dataOption,
    out: {
      kind: 'text',
      hint: 'DIR',
      required: true,
      about: 'Run folder: checkpoints, events.jsonl, model/',
    },
    pairs: {
      kind: 'text',
      hint: 'FILE',
      about: 'Pairs, triples or scored lists to train on, instead of the train split with mined negatives',
    },
    teacher: {
      kind: 'text',
      hint: 'MODEL',
      about: 'Cross-encoder that judges mined negatives before the margins do',
    },
    resume: { kind: 'flag', about: 'Go on from the newest checkpoint in the run folder' },
  },
  words: [
    {
      name: 'key=value',
      many: true,
      about:
        'Settings: epochs=3, batchSize=8, learningRate=1e-4, objective=ListNet, lora={}, precision=bfloat16, negatives.random=1, negatives.relativeMargin=0.05, candidates=30, devQueries=100 …',
    },
  ],
  examples: [
    'ragwright train reranker --data data/scifact --retriever runs/a/model --model runs/a/model --out runs/b epochs=3',
    'ragwright train reranker --data data/scifact --pairs scored.jsonl --model hf:org/cross-encoder --out runs/c',
  ],
  async run(values, { terminal, signal, words }) {
    checkData(values.data);
    if (values.pairs !== undefined) checkFile('--pairs', values.pairs);
    if (values.pairs === undefined && values.retriever === undefined)
      throw new UsageError(
        'Whose mistakes is it to learn from?',
        'Name the embedding model that finds the candidates with --retriever, or give --pairs.',
      );
    const { rerankerCommandSettings, rerankerData, tuneReranker, fastPrecision } = await import(
      '@ragwright/core/learning/recipes'
    );
    const given = { precision: await fastPrecision(), ...parseOverrides(words) };
    // all that is wrong is told before a model is fetched
    const { negatives, candidates, devQueries, ...settings } = parseSettings(
      rerankerCommandSettings,
      given,
      'command line',
    );
    const { listsFromPairs, loadPairs, makeRankingObjective } = await import('@ragwright/core/learning');
    const data = await readData(values.data, terminal);
    const rows = values.pairs === undefined ? undefined : await loadPairs(values.pairs, { ragged: true });
    const { loadCrossEncoder } = await import('@ragwright/core/models');
    const length = values['max-length'];
    const folder = await fetchModel(values.model, { terminal, signal });
    const { manualSeed } = await import('@ragwright/torch');
    manualSeed(settings.seed); // of a new head
    const model = await loadCrossEncoder(
      folder,
      length === undefined ? {} : { settings: { maxSeqLength: length } },
    );
    for (const message of model.notices) terminal.event({ type: 'notice', level: 'info', message });
    try {
      const { needs } = makeRankingObjective(settings.objective);
      const found = await withRetriever(values.retriever, { terminal, signal }, async (embedder) => {
        if (!embedder) return undefined;
        const task = {
          data,
          embedder,
          needs,
          negatives,
          candidates,
          devQueries,
          seed: settings.seed,
          signal,
        };
        return withTeacher(values.teacher, { terminal, signal }, async (teacher) =>
          follow(rerankerData({ ...task, teacher }), terminal),
        );
      });
      const lists = rows === undefined ? (found?.lists ?? []) : listsFromPairs(rows);
      const {
        outcome,
        folder: saved,
        adapter,
      } = await follow(
        tuneReranker({
          model,
          lists,
          dev: found?.dev,
          settings: settings as Parameters<typeof tuneReranker>[0]['settings'] & object,
          runFolder: values.out,
          signal,
          resume: values.resume,
        }),
        terminal,
      );
      if (outcome.finished === 'interrupted') {
        terminal.say(`Interrupted after ${count(outcome.steps)} steps; go on with --resume.`);
        terminal.line({ type: 'result', ...outcome }, '');
        return exitCodes.interrupted;
      }
      const best = outcome.best
        ? `, best ${settings.bestMetric} on dev ${outcome.best.metric.toFixed(4)} at step ${outcome.best.step}`
        : '';
      terminal.line(
        { type: 'result', model: saved, adapter, ...outcome },
        `${saved}: ${count(outcome.steps)} steps in ${duration(outcome.seconds)}${best}, ${count(outcome.tokens / outcome.seconds)} tokens/s, peak memory ${bytes(outcome.peakMemory)}`,
      );
    } finally {
      model.dispose();
    }
    return undefined;
  },
});

type Looked = Pick<Context, 'terminal' | 'signal'>;
type Embedder = import('@ragwright/core').Embedder;

/** Does something with the embedding model that finds the candidates, and lets go of it: training needs the memory. */
async function withRetriever<T>(
  source: string | undefined,
  context: Looked,
  use: (embedder: Embedder | undefined) => Promise<T>,
): Promise<T> {
  if (source === undefined) return use(undefined);
  const opened = await openModel({ model: source, precision: 'auto', 'max-length': undefined }, context);
  try {
    return await use(opened.model.embedder({ precision: opened.precision }));
  } finally {
    opened.model.dispose();
  }
}
