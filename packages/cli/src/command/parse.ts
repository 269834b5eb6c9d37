import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';
import { suggest } from './suggest.ts';
import type { Command, NumberOption, Option, Options, Positional, TextOption } from './types.ts';

/** Options that every command has. */
export const commonOptions = {
  json: { kind: 'flag', about: 'Print JSON on standard output, and nothing else' },
  quiet: { kind: 'flag', short: 'q', about: 'Show no progress' },
  debug: { kind: 'flag', about: 'Show where an error came from' },
  help: { kind: 'flag', short: 'h', about: 'Show this help' },
} as const satisfies Options;

export interface ParsedCommand {
  readonly values: Readonly<Record<string, unknown>>;
  readonly words: readonly string[];
}

/**
 * Reads the arguments of a command. Unknown options, missing values and values of the wrong kind are errors.
 *
 * @throws UsageError
 */
export function parseCommand(command: Command, args: readonly string[]): ParsedCommand {
  const options: Options = { ...command.options, ...commonOptions };
  const { values, words } = split(args, options);
  const result: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(options)) {
    result[name] = optionValue(name, option, values.get(name) ?? []);
  }
  checkWords(words, command.words);
  return { values: result, words };
}

/** Values by option, as they were written, and the words between them. */
function split(args: readonly string[], options: Options) {
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(options).map(([name, { kind, short }]) => [
        name,
        { type: kind === 'flag' ? 'boolean' : 'string', ...(short ? { short } : {}) } as const,
      ]),
    ),
    strict: false,
    tokens: true,
  });
  const values = new Map<string, (string | undefined)[]>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined;
    if (!option) throw unknownOption(token.rawName, Object.keys(options));
    if (option.kind === 'flag' && token.value !== undefined) {
      throw new UsageError(`${token.rawName} takes no value`);
    }
    values.set(token.name, [...(values.get(token.name) ?? []), token.value]);
  }
  return { values, words };
}

function unknownOption(name: string, known: readonly string[]): UsageError {
  const near = suggest(name.replace(/^-+/, ''), known);
  return new UsageError(`Unknown option ${name}`, near && `Did you mean --${near}?`);
}

function optionValue(name: string, option: Option, given: readonly (string | undefined)[]): unknown {
  if (option.kind === 'flag') return given.length > 0;
  for (const value of given) {
    if (value === undefined || value === '') {
      throw new UsageError(`--${name} needs a value: --${name} ${option.hint}`);
    }
  }
  const texts = given as readonly string[];
  if (option.kind === 'text' && option.many) return texts.map((text) => chosen(name, option, text));
  if (texts.length > 1) throw new UsageError(`--${name} is given ${texts.length} times`);
  const [text] = texts;
  if (text === undefined) {
    if (option.required) throw new UsageError(`--${name} ${option.hint} is missing`);
    return option.default;
  }
  return option.kind === 'number' ? numberOf(name, option, text) : chosen(name, option, text);
}

function chosen(name: string, { choices }: TextOption, text: string): string {
  if (!choices || choices.includes(text)) return text;
  const near = suggest(text, choices);
  throw new UsageError(
    `--${name} is one of ${choices.join(', ')}, not ${text}`,
    near && `Did you mean ${near}?`,
  );
}

function numberOf(name: string, { whole, min, max }: NumberOption, text: string): number {
  const value = Number(text);
  const wanted = [
    whole ? 'a whole number' : 'a number',
    min === undefined ? '' : `from ${min}`,
    max === undefined ? '' : `to ${max}`,
  ]
    .filter((part) => part !== '')
    .join(' ');
  const fits =
    text.trim() !== '' &&
    Number.isFinite(value) &&
    (!whole || Number.isSafeInteger(value)) &&
    value >= (min ?? Number.NEGATIVE_INFINITY) &&
    value <= (max ?? Number.POSITIVE_INFINITY);
  if (!fits) throw new UsageError(`--${name} is ${wanted}, not ${text}`);
  return value;
}

function checkWords(words: readonly string[], expected: readonly Positional[]): void {
  const missing = expected.find(({ required }, i) => required && words[i] === undefined);
  if (missing) throw new UsageError(`<${missing.name}> is missing: ${missing.about}`);
  const extra = words[expected.length];
  if (extra !== undefined && !expected.at(-1)?.many) {
    throw new UsageError(`${extra} is one word too many`, 'Texts with spaces need quotes.');
  }
}
