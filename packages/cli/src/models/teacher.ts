import type { Rescore } from '@ragwright/core/learning';
import type { Context } from '../command/types.ts';
import { fetchModel } from './fetchModel.ts';
import { precisionOf } from './openModel.ts';

/** Does something with a cross-encoder that judges candidates, and lets go of it; without a source, without one. */
export async function withTeacher<T>(
  source: string | undefined,
  context: Pick<Context, 'terminal' | 'signal'>,
  use: (teacher: Rescore | undefined) => Promise<T>,
): Promise<T> {
  if (source === undefined) return use(undefined);
  const folder = await fetchModel(source, context);
  const { loadCrossEncoder } = await import('@ragwright/core/models');
  const teacher = await loadCrossEncoder(folder);
  for (const message of teacher.notices)
    context.terminal.event({ type: 'notice', level: 'warning', message });
  const precision = await precisionOf('auto', teacher.device);
  try {
    return await use((pairs) => teacher.score(pairs, { precision, signal: context.signal }));
  } finally {
    teacher.dispose();
  }
}
