import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, which } from '../command.mjs';
import { describe, SetupError } from '../libtorch.mjs';
import { lastLines, say, step } from '../log.mjs';

// without the pthread build of OpenBLAS by name, apt may settle for the slow reference BLAS
const OPENBLAS = 'libopenblas0-pthread';
const PACKAGES = ['libtorch-dev', OPENBLAS];
const INSTALL = ['install', '-y', '--no-install-recommends', ...PACKAGES];
const QUIET = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };

/**
 * Debian's (and Ubuntu's) `libtorch-dev`, installed with apt if that needs no password.
 * @returns {AsyncGenerator<import('../libtorch.mjs').Candidate>}
 */
export async function* candidates() {
  if (process.platform !== 'linux' || !which('dpkg-query')) return;
  yield {
    source: 'debian',
    title: "Debian's libtorch-dev",
    obtain: async () => {
      if (!(await installed())) await install();
      if (!(await installed(OPENBLAS)))
        say(`debian: without ${OPENBLAS} matrix products may be slow; install it`);
      const version = await installed();
      const lib = libraryFolder();
      if (!version || !lib) throw new SetupError('libtorch-dev is installed, but has no libtorch_cpu.so');
      return describe('debian', lib, '/usr/include', `libtorch-dev ${version}`, version.split(/[+~-]/)[0]);
    },
  };
}

/** Whether libtorch-dev is there already. */
export async function isInstalled() {
  return which('dpkg-query') !== undefined && (await installed()) !== undefined;
}

/** Whether {@link candidates} could install it without asking for a password. */
export async function canInstall() {
  return which('apt-get') !== undefined && (await rootPrefix()) !== undefined;
}

/** @returns {Promise<string | undefined>} the version of the installed package */
async function installed(name = 'libtorch-dev') {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query's own placeholders
  const format = '${db:Status-Status} ${Version}';
  const { code, stdout } = await run('dpkg-query', ['-W', '-f', format, name]);
  const [status, version] = stdout.split(' ');
  return code === 0 && status === 'installed' ? version : undefined;
}

/** @returns {string | undefined} /usr/lib/<multiarch triplet> */
function libraryFolder() {
  const folders = readdirSync('/usr/lib').map((name) => join('/usr/lib', name));
  return ['/usr/lib', ...folders].find((folder) => existsSync(join(folder, 'libtorch_cpu.so')));
}

async function install() {
  const byHand = `sudo apt-get ${INSTALL.join(' ')}`;
  if (!which('apt-get')) throw new SetupError(`libtorch-dev is not installed, and there is no apt-get`);
  const prefix = await rootPrefix();
  if (!prefix) throw new SetupError(`libtorch-dev is not installed; run: ${byHand}`);
  if (!(await knowsPackage())) {
    await step('debian: apt-get update', () => apt(prefix, ['update'], byHand));
    if (!(await knowsPackage())) throw new SetupError('this release has no package libtorch-dev');
  }
  await step(`debian: apt-get install ${PACKAGES.join(' ')}`, () => apt(prefix, INSTALL, byHand));
}

/** How to become root: nothing as root, `sudo -n` where it asks no password; undefined if neither. */
async function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  return which('sudo') && (await run('sudo', ['-n', 'true'])).code === 0 ? ['sudo', '-n'] : undefined;
}

/** Whether the package lists are there and have libtorch-dev. */
async function knowsPackage() {
  const { code, stdout } = await run('apt-cache', ['policy', 'libtorch-dev'], {
    env: { ...process.env, LC_ALL: 'C' },
  });
  return code === 0 && /Candidate: (?!\(none\))/.test(stdout);
}

/**
 * @param {readonly string[]} prefix
 * @param {readonly string[]} args
 * @param {string} byHand
 */
async function apt(prefix, args, byHand) {
  const [command = 'apt-get', ...rest] = [...prefix, 'apt-get', ...args];
  const { code, output } = await run(command, rest, { env: QUIET });
  if (code !== 0)
    throw new SetupError(`apt-get ${args[0]} failed: ${lastLines(output)}\nTry it by hand: ${byHand}`);
}
