import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { writeJsonAtomic } from '../../../base/atomicFile.ts';
import { DataError } from '../../../base/errors.ts';
import { parseSettings } from '../../../base/settings.ts';
import { type Calibration, calibrationSchema } from '../../../knowledge/index.ts';

const schema = z.strictObject({
  model: z.string(),
  index: z.enum(['base', 'tuned']),
  reranker: z
    .strictObject({
      folder: z.string(),
      candidates: z.int().min(1),
      weight: z.number().min(0).max(1),
      calibration: calibrationSchema.optional(),
    })
    .optional(),
});

/** How a finished run answers questions: what `ask` and a server load. */
export interface PipelineDescription {
  /** Folder of the embedding model, relative to the run folder. */
  readonly model: string;
  /** Which index of the run it searches. */
  readonly index: 'base' | 'tuned';
  /** Absent if there is none, or it was not shown to help. */
  readonly reranker?: RerankerDescription | undefined;
}

export interface RerankerDescription {
  /** Relative to the run folder. */
  readonly folder: string;
  /** Passages of a query that it reads. */
  readonly candidates: number;
  /** Its part in the score beside the retriever's. */
  readonly weight: number;
  /** From its scores to probabilities. */
  readonly calibration?: Calibration | undefined;
}

export const pipelineFile = 'pipeline.json';

export const writePipeline = (runFolder: string, pipeline: PipelineDescription): Promise<void> =>
  writeJsonAtomic(join(runFolder, pipelineFile), pipeline);

export const removePipeline = (runFolder: string): Promise<void> =>
  rm(join(runFolder, pipelineFile), { force: true });

/**
 * Reads what a finished `tune` left; undefined if there is nothing.
 *
 * @throws DataError, ConfigError if the file is damaged
 */
export async function readPipeline(runFolder: string): Promise<PipelineDescription | undefined> {
  const file = join(runFolder, pipelineFile);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new DataError({ file, expected: 'a readable file', got: error.message }, { cause: error });
  });
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DataError({ file, expected: 'JSON', got: text.slice(0, 60) }, { cause });
  }
  return parseSettings(schema, value, file);
}
