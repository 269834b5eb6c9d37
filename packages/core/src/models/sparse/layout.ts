import { join } from 'node:path';
import { z } from 'zod';
import { ConfigError } from '../../base/errors.ts';
import { readModel, readTransformer } from '../embedding/layout.ts';
import { modulesSchema, readLayoutFile } from '../embedding/layoutFiles.ts';
import { type SparseSettings, spladeActivations, spladePoolings } from './types.ts';

/** 1_SpladePooling/config.json */
const poolingSchema = z.object({
  pooling_strategy: z.enum(spladePoolings).default('max'),
  activation_function: z.enum(spladeActivations).default('relu'),
});

export interface SparseLayout extends Omit<SparseSettings, 'maxSeqLength'> {
  readonly encoderFolder: string;
  readonly maxSeqLength: number | undefined;
}

/**
 * What a SparseEncoder folder of sentence-transformers says, of version 5 or 6; a folder without modules.json is a plain
 * masked language model, pooled by the maximum, as sentence-transformers does.
 *
 * @throws ConfigError for files that can't be read, and modules that we don't have
 */
export async function readSparseLayout(folder: string): Promise<SparseLayout> {
  const modulesFile = join(folder, 'modules.json');
  const modules = (await readLayoutFile(modulesFile, modulesSchema))?.sort((a, b) => a.idx - b.idx) ?? [
    { type: 'Transformer', path: '' },
    { type: 'SpladePooling', path: '' },
  ];
  const kinds = modules.map(({ type }) => type.split('.').at(-1) ?? '');
  const [transformer, pooling] = modules;
  if (!/^(MLM)?Transformer$/.test(kinds[0] ?? '') || kinds[1] !== 'SpladePooling' || kinds.length > 2) {
    const expected = 'a Transformer with a masked-language-model head, then a SpladePooling';
    throw new ConfigError(modulesFile, [{ field: '', expected, got: kinds.join(', ') }]);
  }
  const poolingFile = join(folder, pooling?.path || '1_SpladePooling', 'config.json');
  const config = (await readLayoutFile(poolingFile, poolingSchema)) ?? poolingSchema.parse({});
  const { prompts, defaultPromptName } = await readModel(folder, 'SparseEncoder');
  return {
    ...(await readTransformer(join(folder, transformer?.path ?? ''))),
    pooling: config.pooling_strategy,
    activation: config.activation_function,
    prompts,
    defaultPromptName,
  };
}
