import { spawn } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { maskSecrets } from '../../base/secrets.ts';
import type { Environment } from './cacheFolders.ts';

interface Outcome {
  /** -1: it could not be started. */
  readonly code: number;
  readonly output: string;
}

/** Runs a program without a shell. */
function run(
  command: string,
  args: readonly string[],
  env: Environment,
  signal?: AbortSignal,
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env: env as NodeJS.ProcessEnv,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(signal && { signal }),
    });
    let output = '';
    const collect = (text: Buffer): void => {
      output = (output + text.toString('utf8')).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.on('error', (error) => {
      if (signal?.aborted) reject(signal.reason);
      else resolve({ code: -1, output: error.message });
    });
    child.on('close', (code) => resolve({ code: code ?? -1, output }));
  });
}

const ways: readonly [string, ...string[]][] = [
  ['python3', '-m', 'pip'],
  ['pip3'],
  ['pip'],
  ['python', '-m', 'pip'],
];

async function findPip(env: Environment, signal?: AbortSignal): Promise<[string, ...string[]]> {
  for (const way of ways) {
    const [command, ...args] = way;
    if ((await run(command, [...args, '--version'], env, signal)).code === 0) return way;
  }
  throw new Error(`there is no pip (tried ${ways.map((way) => way.join(' ')).join(', ')})`);
}

/**
 * Gets the wheel of a package with the machine's own pip, as it is configured, without what the package depends on.
 * Source packages are not taken: building one runs its code.
 *
 * @returns the path of the wheel, in `folder`
 */
export async function pipDownload(
  requirement: string,
  folder: string,
  env: Environment,
  signal?: AbortSignal,
): Promise<string> {
  const [command, ...args] = await findPip(env, signal);
  const options = ['--no-deps', '--only-binary=:all:', '--no-input', '--disable-pip-version-check'];
  const quick = ['--progress-bar', 'off', '--retries', '1', '--timeout', '10'];
  const download = [...args, 'download', ...options, ...quick, '--dest', folder, requirement];
  const { code, output } = await run(command, download, env, signal);
  if (code !== 0) throw new Error(`pip: ${maskSecrets(reasonIn(output), env)}`);
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip brought no wheel');
  return join(folder, wheel);
}

/** pip's own reason: its last error, without the list of all versions. */
function reasonIn(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  const errors = lines.filter((line) => /error/i.test(line));
  const reason = errors.at(-1) ?? lines.at(-1) ?? 'it failed without a word';
  return reason.replace(/^ERROR: /, '').slice(0, 300);
}
