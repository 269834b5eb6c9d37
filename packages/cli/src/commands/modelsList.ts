import { bytes } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { columns } from '../terminal/style.ts';

export const command = defineCommand({
  summary: 'List the models in the cache',
  options: {},
  examples: ['ragwright models list', 'ragwright models list --json'],
  async run(_, { terminal }) {
    const { listModels } = await import('@ragwright/core/models');
    const models = await listModels();
    const rows = models.map(({ source, folder, bytes: size }) => [source, bytes(size), folder]);
    terminal.result(
      models,
      rows.length > 0 ? columns(rows, 3) : 'No models in the cache; ragwright models get fetches one.',
    );
  },
});
