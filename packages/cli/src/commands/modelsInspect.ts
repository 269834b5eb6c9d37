import { bytes, compact } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { fetchModel } from '../models/fetchModel.ts';
import { columns } from '../terminal/style.ts';

export const command = defineCommand({
  summary: 'Show what a model is',
  description:
    'Reads the configuration of an embedding model and shows its architecture, size, pooling and prompts. Its weights are not loaded.',
  options: {},
  words: [{ name: 'model', required: true, about: 'A folder, hf:org/name[@revision] or pip:package' }],
  examples: [
    'ragwright models inspect runs/first',
    'ragwright models inspect hf:BAAI/bge-small-en-v1.5 --json',
  ],
  async run(_, context) {
    const source = context.words[0] as string;
    const folder = await fetchModel(source, context);
    const { inspectModel } = await import('@ragwright/core/models');
    const model = await inspectModel(folder);
    const prompts = Object.entries(model.prompts).map(([name, text]) => `${name} ${JSON.stringify(text)}`);
    const rows = [
      ['folder', folder],
      ['kind', model.kind],
      ['architecture', `${model.modelType}${model.supported ? '' : ' (not supported)'}`],
      ['layers', String(model.layers ?? 'unknown')],
      ['hidden size', String(model.hiddenSize ?? 'unknown')],
      [
        'parameters',
        `${compact(model.parameters)}, ${bytes(model.weightBytes)} (${model.dtypes.join(', ')})`,
      ],
      ['vocabulary', String(model.vocabSize)],
      ['longest text', model.maxSeqLength === undefined ? 'unknown' : `${model.maxSeqLength} tokens`],
      ['pooling', [...model.pooling, ...model.heads].join(', ')],
      ['similarity', model.similarity],
      ['prompts', prompts.length > 0 ? prompts.join(', ') : 'none'],
    ];
    context.terminal.result({ source, ...model }, columns(rows, 2));
  },
});
