import type * as z from 'zod';
import { ConfigError } from '../../base/errors.ts';

/** Each loss knows its own options: what it says is wrong with them becomes issues of the schema around it. */
export function passOn(context: z.RefinementCtx, make: () => unknown): void {
  try {
    make();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const { field, expected } of error.problems) {
      context.addIssue({ code: 'custom', path: field.split('.'), message: `expected ${expected}` });
    }
  }
}
