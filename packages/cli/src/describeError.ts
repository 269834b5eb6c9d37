import { type ConfigError, maskSecrets, RagwrightError } from '@ragwright/core/base';
import { CommandError, UsageError } from './command/errors.ts';
import { exitCodes } from './command/exitCodes.ts';

export interface DescribedError {
  readonly exitCode: number;
  readonly name: string;
  readonly message: string;
  /** What to do. */
  readonly advice?: string;
  /** Fields of the error, for --json. */
  readonly details?: unknown;
}

const SYSTEM_ADVICE: Readonly<Record<string, string>> = {
  ENOENT: 'Check the path.',
  EACCES: 'Check who may read and write there.',
  EPERM: 'Check who may read and write there.',
  EEXIST: 'A file is in the way: choose another path.',
  ENOTDIR: 'A file stands where a folder is meant: check the path.',
  EISDIR: 'A folder stands where a file is meant: check the path.',
  EROFS: 'Choose a folder that can be written to.',
  ENOSPC: 'The disk is full: make room, or choose another folder.',
  EMFILE: 'Too many open files: raise the limit (ulimit -n).',
  ECONNREFUSED: 'Nothing answers at that address: check it, and that the server runs.',
  ENOTFOUND: 'There is no such host, or no network.',
};

/** What a person needs of an error: message, what to do, exit code. Secrets are masked. */
export function describeError(
  error: unknown,
  env: Readonly<Record<string, string | undefined>>,
): DescribedError {
  const { advice, ...rest } = describe(error);
  const message = maskSecrets(rest.message, env);
  return { ...rest, message, ...(advice === undefined ? {} : { advice: maskSecrets(advice, env) }) };
}

function describe(error: unknown): DescribedError {
  if (!(error instanceof Error)) {
    return { exitCode: exitCodes.failed, name: 'Error', message: String(error) };
  }
  const { name, message } = error;
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, name, message, ...adviceOf(error) };
  if (isConfigError(error)) {
    const { file, problems } = error;
    return { exitCode: exitCodes.usage, name, message, details: { file, problems } };
  }
  const failed = { exitCode: exitCodes.failed, name, message };
  if (error instanceof CommandError) return { ...failed, ...adviceOf(error) };
  if ('details' in error) return { ...failed, details: error.details };
  if (isOurs(error)) return failed;
  const code = 'code' in error ? String(error.code) : '';
  const advice = SYSTEM_ADVICE[code];
  if (advice !== undefined) return { ...failed, advice };
  return { ...failed, advice: 'This was not foreseen. --debug shows where it came from.' };
}

const adviceOf = ({ advice }: { advice: string | undefined }) => (advice === undefined ? {} : { advice });

const isConfigError = (error: Error): error is ConfigError =>
  RagwrightError.isInstance(error) && error.name === 'ConfigError';

/** Ours, or the engine's: their messages say what to do. */
const isOurs = (error: Error): boolean =>
  RagwrightError.isInstance(error) || Reflect.get(error, Symbol.for('ragwright.torch.TorchError')) === true;
