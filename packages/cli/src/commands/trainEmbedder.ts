import { bytes, count, duration, parseSettings } from '@ragwright/core/base';
import type { TrainingPair } from '@ragwright/core/learning';
import { defineCommand } from '../command/define.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { parseOverrides } from '../config/overrides.ts';
import { checkFile } from '../data/checkPaths.ts';
import { checkData, dataOption, readData } from '../data/readData.ts';
import { modelOptions, openModel } from '../models/openModel.ts';
import { follow } from '../terminal/follow.ts';

export const command = defineCommand({
  summary: 'Fine-tune an embedding model',
  description:
    "Fine-tunes an embedding model on labelled pairs: the data's train split, or a file of pairs (as `ragwright pairs mine` writes them). Its dev split, if it has one, decides which checkpoint is kept. The model goes into <out>/model. Ctrl-C saves; --resume goes on.",
  options: {
    model: modelOptions.model,
    'max-length': modelOptions['max-length'],
    data: dataOption,
    out: {
      kind: 'text',
      hint: 'DIR',
      required: true,
      about: 'Run folder: checkpoints, events.jsonl, model/',
    },
    pairs: { kind: 'text', hint: 'FILE', about: 'Pairs to train on, instead of the train split' },
    resume: { kind: 'flag', about: 'Go on from the newest checkpoint in the run folder' },
  },
  words: [
    {
      name: 'key=value',
      many: true,
      about:
        'Settings: epochs=3, batchSize=64, learningRate=2e-5, objective=CoSENT, lora={}, precision=bfloat16 …',
    },
  ],
  examples: [
    'ragwright train embedder --data data/scifact --model hf:sentence-transformers/all-MiniLM-L6-v2 --out runs/scifact',
    'ragwright train embedder --data data/scifact --model runs/scifact --out runs/second epochs=2 batchSize=64',
  ],
  async run(values, { terminal, signal, words }) {
    checkData(values.data);
    if (values.pairs !== undefined) checkFile('--pairs', values.pairs);
    const { embedderSettings, tuneEmbedder, fastPrecision } = await import(
      '@ragwright/core/learning/recipes'
    );
    const given = { precision: await fastPrecision(), ...parseOverrides(words) };
    // all that is wrong is told before a model is fetched
    const settings = parseSettings(embedderSettings, given, 'command line');
    const data = await readData(values.data, terminal);
    const { corpusTexts, judgementsOf, pairsFromJudgements } = await import('@ragwright/core/learning');
    const pairs =
      values.pairs === undefined ? pairsFromJudgements(data, 'train') : await readFile(values.pairs);
    const { dev: devJudgements, train } = data.judgements;
    const { model } = await openModel({ ...values, precision: 'auto' }, { terminal, signal });
    try {
      const { outcome, folder, adapter } = await follow(
        tuneEmbedder({
          model,
          pairs,
          judgements: train,
          dev: devJudgements && {
            corpus: corpusTexts(data),
            queries: data.queries,
            judgements: judgementsOf(data, 'dev'),
          },
          settings: settings as Parameters<typeof tuneEmbedder>[0]['settings'] & object,
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
        { type: 'result', model: folder, adapter, ...outcome },
        `${folder}: ${count(outcome.steps)} steps in ${duration(outcome.seconds)}${best}, ${count(outcome.tokens / outcome.seconds)} tokens/s, peak memory ${bytes(outcome.peakMemory)}`,
      );
    } finally {
      model.dispose();
    }
    return undefined;
  },
});

async function readFile(file: string): Promise<TrainingPair[]> {
  const { loadPairs } = await import('@ragwright/core/learning');
  return loadPairs(file);
}
