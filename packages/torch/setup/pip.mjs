import { readdirSync } from 'node:fs';
import { run, which } from './command.mjs';
import { SetupError } from './libtorch.mjs';

// Nothing of a wheel but lib/ and include/ is used, so any Python version's will do: 3.11 is the one for which
// every torch from 1.13 on was published.
const PYTHON = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];

/** @returns {Promise<[command: string, ...args: string[]]>} the machine's pip */
export async function findPip() {
  /** @type {[string, ...string[]][]} */
  const ways = [['python3', '-m', 'pip'], ['pip3'], ['pip'], ['python', '-m', 'pip']];
  for (const way of ways) {
    const [command, ...args] = way;
    if (which(command) && (await run(command, [...args, '--version'])).code === 0) return way;
  }
  throw new SetupError(
    'no pip found (tried python3 -m pip, pip3, pip); install it, e.g. sudo apt-get install python3-pip',
  );
}

/**
 * `pip download` into a folder.
 * @param {readonly string[]} requirements
 * @param {string} folder
 * @param {{ dependencies: boolean, options?: readonly string[] }} how
 * @returns {Promise<string[]>} the names of the wheels now in the folder
 */
export async function download(requirements, folder, { dependencies, options = [] }) {
  const [command, ...args] = await findPip();
  const { code, output } = await run(command, [
    ...args,
    'download',
    ...[
      '--disable-pip-version-check',
      '--no-input',
      '--progress-bar',
      'off',
      '--only-binary=:all:',
      '-d',
      folder,
    ],
    ...PYTHON,
    ...(dependencies ? [] : ['--no-deps']),
    ...options,
    ...requirements,
  ]);
  if (code !== 0) throw new SetupError(reason(output));
  return readdirSync(folder).filter((name) => name.endsWith('.whl'));
}

/**
 * pip's own reason, without the list of all versions.
 * @param {string} output
 */
function reason(output) {
  const lines = output.split('\n').filter((line) => /error/i.test(line));
  const line = lines.at(-1) ?? output.trim().split('\n').at(-1) ?? 'pip failed';
  return `pip: ${line.replace(/^ERROR: /, '').slice(0, 300)}`;
}
