import type { Terminal } from '../terminal/terminal.ts';

/** `--name`: there or not. */
export interface Flag {
  readonly kind: 'flag';
  readonly about: string;
  readonly short?: string;
}

/** `--name VALUE` */
export interface TextOption {
  readonly kind: 'text';
  /** Stands for the value in the help: `DIR`, `FILE`. */
  readonly hint: string;
  readonly about: string;
  readonly short?: string;
  readonly default?: string;
  readonly required?: true;
  /** May be given several times. */
  readonly many?: true;
  readonly choices?: readonly string[];
}

/** `--name 12` */
export interface NumberOption {
  readonly kind: 'number';
  readonly hint: string;
  readonly about: string;
  readonly short?: string;
  readonly default?: number;
  readonly required?: true;
  /** Whole numbers only. */
  readonly whole?: true;
  readonly min?: number;
  readonly max?: number;
}

export type Option = Flag | TextOption | NumberOption;
export type Options = Readonly<Record<string, Option>>;

/** A word without dashes. */
export interface Positional {
  /** As the help writes it: `question`, `key=value`. */
  readonly name: string;
  readonly about: string;
  readonly required?: true;
  /** All that are left. */
  readonly many?: true;
}

type Sure<O> = O extends { required: true } | { default: unknown } ? never : undefined;
type ValueOf<O> = O extends Flag
  ? boolean
  : O extends { many: true }
    ? readonly string[]
    : O extends NumberOption
      ? number | Sure<O>
      : O extends { choices: readonly (infer C)[] }
        ? C | Sure<O>
        : string | Sure<O>;

/** What a command gets, by the name of the option. */
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: ValueOf<O[K]> };

/** What every command runs in. */
export interface Context {
  /** Words without dashes, in order. */
  readonly words: readonly string[];
  readonly terminal: Terminal;
  /** Aborted by the first Ctrl-C. */
  readonly signal: AbortSignal;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface Command {
  /** One line, for the list of commands. */
  readonly summary: string;
  /** More, for the command's own help. */
  readonly description?: string;
  readonly options: Options;
  readonly words: readonly Positional[];
  /** Whole command lines; each is parsed by a test. */
  readonly examples: readonly [string, ...string[]];
  /** @returns an exit code, if it isn't 0 */
  run(values: Readonly<Record<string, unknown>>, context: Context): Promise<number | undefined>;
}

/** Commands under one word. */
export interface Group {
  readonly summary: string;
  readonly commands: CommandTree;
}

/** Loaded when it is called, so that `--help` and `init` need no libtorch. */
export type CommandTree = Readonly<
  Record<string, Group | { readonly summary: string; load(): Promise<Command> }>
>;
