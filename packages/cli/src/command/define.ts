import type { Command, Context, Options, Positional, ValuesOf } from './types.ts';

export interface CommandDefinition<O extends Options> {
  readonly summary: string;
  readonly description?: string;
  readonly options: O;
  readonly words?: readonly Positional[];
  readonly examples: readonly [string, ...string[]];
  /** @returns an exit code, if it isn't 0: for a command that printed its result and yet failed */
  run(values: ValuesOf<O>, context: Context): Promise<number | undefined> | Promise<void>;
}

/** A command whose `run` gets its values with their types. */
export function defineCommand<const O extends Options>(definition: CommandDefinition<O>): Command {
  const { run, words = [], ...rest } = definition;
  // parseCommand checks values against the options that ValuesOf derives the type from
  return {
    ...rest,
    words,
    run: async (values, context) => (await run(values as ValuesOf<O>, context)) ?? undefined,
  };
}
