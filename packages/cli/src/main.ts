import { abortOnInterrupt } from '@ragwright/core/base';
import { UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';
import { findCommand } from './command/find.ts';
import { commandHelp, treeHelp } from './command/help.ts';
import { parseCommand } from './command/parse.ts';
import { commands } from './commands/index.ts';
import { describeError } from './describeError.ts';
import { type Stream, type Terminal, terminal } from './terminal/terminal.ts';
import { version } from './version.ts';

export interface Surroundings {
  readonly out: Stream;
  readonly err: Stream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Default: aborted by Ctrl-C. */
  readonly signal?: AbortSignal;
}

const ABOUT = 'ragwright: RAG-aware fine-tuning for TypeScript.';
const EXAMPLE = 'ragwright init && ragwright tune';

/**
 * Runs a command line. Never throws: what went wrong is told on standard error (with --json also as a JSON document
 * on standard output) and in the exit code.
 *
 * @param args without `node` and the script
 */
export async function main(
  args: readonly string[],
  { out, err, env, signal }: Surroundings,
): Promise<number> {
  // what is asked for before the arguments are understood
  const json = args.includes('--json');
  const quiet = args.includes('--quiet') || args.includes('-q');
  const shown = terminal({ out, err, env, json, quiet });
  const aborted = signal ? { signal, dispose: () => {} } : abortOnInterrupt();
  try {
    return await dispatch(args, shown, aborted.signal, { out, env });
  } catch (error) {
    if (aborted.signal.aborted && isAbort(error, aborted.signal)) return interrupted(shown);
    return tell(error, shown, { err, out, env, debug: args.includes('--debug') });
  } finally {
    aborted.dispose();
    shown.close();
  }
}

async function dispatch(
  args: readonly string[],
  shown: Terminal,
  signal: AbortSignal,
  { out, env }: Pick<Surroundings, 'out' | 'env'>,
): Promise<number> {
  const [first, ...others] = args;
  if (first === 'help' && others.length > 0) {
    return dispatch([...others, '--help'], shown, signal, { out, env });
  }
  if (args.length === 1 && (first === '--version' || first === '-v' || first === 'version')) {
    shown.result({ version }, version);
    return exitCodes.done;
  }
  const found = await findCommand(commands, args);
  const wantsHelp = found.rest.includes('--help') || found.rest.includes('-h');
  const path = ['ragwright', ...found.path].join(' ');
  if ('tree' in found) {
    const about = found.path.length === 0 ? ABOUT : `${found.about}.`;
    const help = treeHelp(path, about, found.tree, found.path.length === 0 ? EXAMPLE : found.example);
    if (wantsHelp || (found.path.length === 0 && args[0] === 'help')) out.write(help);
    else throw new UsageError(found.problem, found.advice ?? `See ${path} --help`);
    return exitCodes.done;
  }
  if (wantsHelp) {
    out.write(commandHelp(path, found.command));
    return exitCodes.done;
  }
  const { values, words } = parse(found, path);
  const code = await found.command.run(values, { words, terminal: shown, signal, env });
  if (signal.aborted) return interrupted(shown);
  return code ?? exitCodes.done;
}

function parse(found: Extract<Awaited<ReturnType<typeof findCommand>>, { command: unknown }>, path: string) {
  try {
    return parseCommand(found.command, found.rest);
  } catch (error) {
    if (error instanceof UsageError && error.advice === undefined) {
      throw new UsageError(error.message, `See ${path} --help`);
    }
    throw error;
  }
}

const isAbort = (error: unknown, signal: AbortSignal): boolean =>
  error === signal.reason || (error instanceof Error && error.name === 'AbortError');

function interrupted(shown: Terminal): number {
  shown.say('ragwright: interrupted');
  return exitCodes.interrupted;
}

function tell(
  error: unknown,
  shown: Terminal,
  { err, out, env, debug }: Surroundings & { readonly debug: boolean },
): number {
  shown.close();
  const { exitCode, advice, ...rest } = describeError(error, env);
  err.write(`ragwright: ${rest.message}\n${advice === undefined ? '' : `${advice}\n`}`);
  if (debug && error instanceof Error) err.write(`\n${stackOf(error)}\n`);
  if (shown.json) {
    const described = { ...rest, ...(advice === undefined ? {} : { advice }) };
    out.write(`${JSON.stringify({ error: described })}\n`);
  }
  return exitCode;
}

function stackOf(error: Error): string {
  const { cause } = error;
  return `${error.stack}${cause instanceof Error ? `\ncaused by ${stackOf(cause)}` : ''}`;
}

/** What the program itself does: this process's arguments, streams and exit code. */
export async function start(): Promise<void> {
  const { stdout, stderr, argv, env } = process;
  for (const stream of [stdout, stderr]) {
    // whoever read has gone (`ragwright … | head`)
    stream.on('error', (error: NodeJS.ErrnoException) => {
      process.exit(error.code === 'EPIPE' ? exitCodes.done : exitCodes.failed);
    });
  }
  const args = argv.slice(2);
  if (args.includes('--json')) {
    // standard output is for JSON alone, also when a library wants to say something
    console.log = console.error;
    console.info = console.error;
    console.debug = console.error;
  }
  const code = await main(args, { out: stdout, err: stderr, env });
  process.exitCode = code;
  // a library that keeps something open must not keep the command from ending; output is written by then
  setTimeout(() => stdout.write('', () => process.exit(code)), 500).unref();
}
