import type { TuneOutcome } from '@ragwright/core/learning/recipes';
import { defineCommand } from '../command/define.ts';
import { exitCodes } from '../command/exitCodes.ts';
import { checkDocuments } from '../data/checkPaths.ts';
import { follow } from '../terminal/follow.ts';

export const command = defineCommand({
  summary: 'The whole run: measure, tune, measure again, report',
  description:
    'Reads the documents, measures the base model on questions it has not seen, mines hard negatives, fine-tunes, and measures again; then trains a reranker on the mistakes that are left, and measures the pipeline with and without it. Writes report.html. Only what is shown to be better is kept. Ctrl-C saves; the same command goes on.',
  options: {
    config: {
      kind: 'text',
      hint: 'FILE',
      about: 'Config file, or the folder it is in; default: the current folder',
    },
    data: {
      kind: 'text',
      hint: 'DIR',
      about: 'The documents, in place of those in the config, or without a config',
    },
    model: { kind: 'text', hint: 'MODEL', about: 'The model to tune, in place of the one in the config' },
    out: { kind: 'text', hint: 'DIR', about: 'Run folder, in place of the one in the config' },
    'dry-run': { kind: 'flag', about: 'Check the config and show it with its defaults; do nothing' },
  },
  words: [{ name: 'key=value', many: true, about: 'Settings over those of the config: training.epochs=3 …' }],
  examples: [
    'ragwright tune',
    'ragwright tune --data handbook --out runs/handbook training.epochs=2',
    'ragwright tune --config ragwright.config.ts --dry-run --json',
  ],
  async run(values, { terminal, signal, words }) {
    const { resolveConfig } = await import('../config/resolve.ts');
    const { settings, file } = await resolveConfig({ ...values, words });
    if (typeof settings.documents !== 'string') checkDocuments(settings.documents.path);
    const { withoutSecrets } = await import('@ragwright/core/base');
    if (values['dry-run']) {
      const shown = withoutSecrets(settings);
      terminal.result(shown, JSON.stringify(shown, null, 2));
      return undefined;
    }
    if (file !== undefined) terminal.event({ type: 'notice', level: 'info', message: `config: ${file}` });
    const { tune } = await import('@ragwright/core/learning/recipes');
    const runFolder = settings.output;
    const outcome = await follow(tune(settings, { runFolder, signal }), terminal);
    if (outcome.finished === 'interrupted') {
      terminal.say(`Interrupted; the same command goes on from ${runFolder}.`);
      terminal.line({ type: 'result', ...outcome }, '');
      return exitCodes.interrupted;
    }
    terminal.line({ type: 'result', runFolder, ...outcome }, summary(outcome));
    return undefined;
  },
});

const SAID = {
  better: 'The tuned model is better.',
  worse: 'The tuned model is worse; the base model is kept.',
  'not shown': 'The tuned model is not shown to be better; the base model is kept.',
} as const;

function summary({ verdict, comparisons, reranker, report, model, fromScratch }: TuneOutcome): string {
  const decider = comparisons.find(({ metric }) => metric === verdict?.metric);
  const signed = (value: number) => `${value > 0 ? '+' : ''}${value.toFixed(4)}`;
  const change = decider
    ? ` ${decider.metric} ${decider.base.toFixed(4)} → ${decider.tuned.toFixed(4)} (${signed(decider.difference)}, 95 % ${signed(decider.interval[0])} to ${signed(decider.interval[1])}, p ${decider.pValue < 0.0001 ? '< 0.0001' : decider.pValue.toFixed(4)})`
    : '';
  return [
    `${verdict ? SAID[verdict.outcome] : 'Nothing was compared.'}${change}`,
    ...(reranker ? [reranker.verdict.words] : []),
    ...(fromScratch ? ['The base model was trained from scratch: no real model could be had.'] : []),
    `model     ${model}`,
    ...(reranker?.folder === undefined ? [] : [`reranker  ${reranker.folder}`]),
    `report    ${report}`,
  ].join('\n');
}
