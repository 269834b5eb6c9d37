import { commonOptions } from './parse.ts';
import type { Command, CommandTree, Option, Options, Positional } from './types.ts';

const WIDTH = 96;

/** Help of one command. `path`: `ragwright pairs mine`. */
export function commandHelp(path: string, command: Command): string {
  const usage = [path, ...required(command.options), '[options]', ...command.words.map(wordUsage)].join(' ');
  return `${[
    wrap(command.description ?? command.summary, WIDTH).join('\n'),
    `Usage: ${usage}`,
    ...list(
      'Arguments',
      command.words.map(({ name, about }) => [`<${name}>`, about]),
    ),
    ...list('Options', [...optionRows(command.options), ...optionRows(commonOptions)]),
    `Example${command.examples.length > 1 ? 's' : ''}:\n${command.examples.map((line) => `  ${line}`).join('\n')}`,
  ]
    .map((part) => part.trimEnd())
    .join('\n\n')}\n`;
}

/** The commands under a word, or all of them. */
export function treeHelp(path: string, about: string, tree: CommandTree, example: string): string {
  return `${[
    about,
    `Usage: ${path} <command> [options]`,
    ...list(
      'Commands',
      Object.entries(tree).map(([name, { summary }]) => [name, summary]),
    ),
    `${path} <command> --help tells more. Every command takes --json.\nExit codes: 0 done, 1 failed, 2 bad usage or config, 130 interrupted.`,
    `Example:\n  ${example}`,
  ].join('\n\n')}\n`;
}

const required = (options: Options): string[] =>
  Object.entries(options)
    .filter(([, option]) => option.kind !== 'flag' && option.required)
    .map(([name, option]) => `--${name} ${hintOf(option)}`);

function wordUsage({ name, required: needed, many }: Positional): string {
  const word = `<${name}>${many ? ' …' : ''}`;
  return needed ? word : `[${word}]`;
}

const hintOf = (option: Option): string => (option.kind === 'flag' ? '' : option.hint);

function optionRows(options: Options): [string, string][] {
  return Object.entries(options).map(([name, option]) => {
    const short = option.short ? `-${option.short}, ` : '';
    const about = [option.about, ...notes(option)].join('; ');
    return [`${short}--${name} ${hintOf(option)}`.trimEnd(), about];
  });
}

function notes(option: Option): string[] {
  if (option.kind === 'flag') return [];
  const notes: string[] = [];
  if (option.kind === 'text' && option.choices) notes.push(option.choices.join(' | '));
  if (option.kind === 'text' && option.many) notes.push('may be repeated');
  if (option.default !== undefined) notes.push(`default ${option.default}`);
  return notes;
}

/** A title and two columns; the second is wrapped. Nothing for no rows. */
function list(title: string, rows: readonly (readonly [string, string])[]): string[] {
  if (rows.length === 0) return [];
  const column = Math.min(30, Math.max(...rows.map(([name]) => name.length)) + 2);
  const lines = rows.map(([name, about]) => {
    const text = wrap(about, WIDTH - column - 2).join(`\n${' '.repeat(column + 2)}`);
    const gap = name.length + 2 > column ? `\n${' '.repeat(column + 2)}` : ' '.repeat(column - name.length);
    return `  ${name}${gap}${text}`;
  });
  return [`${title}:\n${lines.join('\n')}`];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string;
    if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
