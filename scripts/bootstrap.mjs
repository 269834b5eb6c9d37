// Makes a clean clone ready: npm packages, libtorch, the compiled addon, compiled TypeScript. What is ready
// already is left alone; a second run takes less than 2 s. Node's built-ins only.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const TYPESCRIPT_STAMP = join(ROOT, 'node_modules', '.cache', 'ragwright', 'tsc.sha256');

/** The machine lacks something; the message says what. */
class BootstrapError extends Error {}

const start = performance.now();
try {
  checkNode();
  installPackages();
  setUpTorch();
  compileTypeScript();
  console.log(`bootstrap: ready (${seconds(start)})`);
} catch (error) {
  if (!(error instanceof BootstrapError)) throw error;
  console.error(`bootstrap: ${error.message}`);
  process.exitCode = 1;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new BootstrapError(`Node ${process.versions.node} is too old; Ragwright needs 20.19 or newer`);
  }
}

function installPackages() {
  const reason = whyPackagesAreStale();
  if (!reason) return;
  try {
    run(`npm ci (${reason})`, 'npm', ['ci', '--no-audit', '--no-fund']);
  } catch (error) {
    // A lock file made where a registry lacks packages of other platforms is incomplete, and npm ci refuses it;
    // npm install takes the same locked versions. The lock file itself is not for a bootstrap to change.
    if (!(error instanceof BootstrapError)) throw error;
    const path = join(ROOT, 'package-lock.json');
    const lock = readFileSync(path);
    run('npm ci failed; npm install', 'npm', ['install', '--no-audit', '--no-fund']);
    if (!readFileSync(path).equals(lock)) writeFileSync(path, lock);
  }
}

/**
 * Compares package-lock.json with npm's own record of what it installed, so that `npm install` by hand counts.
 * @returns {string | undefined}
 */
function whyPackagesAreStale() {
  const record = join(ROOT, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return 'node_modules is missing';
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const locked = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')).packages;
  for (const [path, wanted] of Object.entries(locked)) {
    if (!path.startsWith('node_modules/')) continue;
    const found = installed[path];
    const optional = wanted.optional || wanted.devOptional || wanted.peer; // may be for another platform
    if (!found && !optional) return `${path} is missing`;
    if (found && (found.version !== wanted.version || found.integrity !== wanted.integrity)) {
      return `${path} is not the one in package-lock.json`;
    }
    if (found && !existsSync(join(ROOT, path))) return `${path} is missing`;
  }
  return undefined;
}

function setUpTorch() {
  const main = join(ROOT, 'packages', 'torch', 'setup', 'main.mjs');
  run('', process.execPath, [main, 'setup']);
}

function compileTypeScript() {
  const hash = sourcesHash();
  const built = readdirSync(join(ROOT, 'packages')).every((name) =>
    existsSync(join(ROOT, 'packages', name, 'dist')),
  );
  if (built && existsSync(TYPESCRIPT_STAMP) && readFileSync(TYPESCRIPT_STAMP, 'utf8') === hash) return;
  rmSync(TYPESCRIPT_STAMP, { force: true });
  run('tsc -b', process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-b']);
  mkdirSync(dirname(TYPESCRIPT_STAMP), { recursive: true });
  writeFileSync(TYPESCRIPT_STAMP, hash);
}

/** Names, sizes and times of all that tsc reads of ours. */
function sourcesHash() {
  const hash = createHash('sha256');
  /** @param {string} path */
  const add = (path) => {
    const { size, mtimeMs } = statSync(path);
    hash.update(`${relative(ROOT, path)} ${size} ${mtimeMs}\n`);
  };
  for (const name of readdirSync(ROOT).sort()) {
    if (/^(tsconfig.*|package-lock)\.json$/.test(name)) add(join(ROOT, name));
  }
  for (const name of readdirSync(join(ROOT, 'packages')).sort()) {
    const folder = join(ROOT, 'packages', name);
    add(join(folder, 'package.json'));
    if (existsSync(join(folder, 'tsconfig.json'))) add(join(folder, 'tsconfig.json'));
    const files = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) add(join(file.parentPath, file.name));
  }
  return hash.digest('hex');
}

/**
 * @param {string} title empty if the command says itself what it does
 * @param {string} command
 * @param {readonly string[]} args
 */
function run(title, command, args) {
  const begin = performance.now();
  if (title) console.log(`bootstrap: ${title} …`);
  const { status, error } = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  if (error) throw new BootstrapError(`${command} could not be run: ${error.message}`);
  if (status !== 0) throw new BootstrapError(`${title || `${command} ${args.join(' ')}`} failed`);
  if (title) console.log(`  done in ${seconds(begin)}`);
}

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}
