// What `npm test` runs after the bootstrap. Stops at the first step that fails; the last line is always
// "N passed, N failed". Arguments are passed on to vitest (e.g. --coverage, or a file).
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canInstall, isInstalled } from '../packages/torch/setup/sources/debian.mjs';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const BIN = join(ROOT, 'node_modules', '.bin');
const TORCH = join(ROOT, 'packages', 'torch');
const reports = mkdtempSync(join(tmpdir(), 'ragwright-test-'));
const counts = { passed: 0, failed: 0 };

class StepFailed extends Error {}

try {
  const passOn = process.argv.slice(2);
  step('biome check', 'biome', ['check', '.']);
  step('layers', process.execPath, [join(ROOT, 'scripts', 'check-layers.mjs')]);
  step('types of the tests', 'tsc', ['-p', 'tsconfig.test.json']);
  step('types of the scripts', 'tsc', ['-p', 'tsconfig.scripts.json']);
  step('Chromium for the tests of pages', process.execPath, [join(ROOT, 'scripts', 'ensure-chromium.mjs')]);
  vitest('vitest', passOn);
  step('exports and tarballs (publint)', process.execPath, [join(ROOT, 'scripts', 'check-exports.mjs')]);
  if (passOn.every((each) => each.startsWith('-'))) {
    await testWithDebian(passOn);
    demo();
  }
} catch (error) {
  if (!(error instanceof StepFailed)) throw error;
  console.error(`test: ${error.message}`);
  counts.failed = Math.max(1, counts.failed); // a step that is no test counts as one
  process.exitCode = 1;
} finally {
  rmSync(reports, { recursive: true, force: true });
  console.log(`${counts.passed} passed, ${counts.failed} failed`);
}

/**
 * The torch package's tests once more, against the oldest libtorch that is supported.
 * @param {readonly string[]} passOn
 */
async function testWithDebian(passOn) {
  const reason = await whyNotDebian();
  if (reason) {
    console.log(`test: Debian's libtorch is not tested: ${reason}`);
    return;
  }
  const main = join(TORCH, 'setup', 'main.mjs');
  step("addon for Debian's libtorch", process.execPath, [
    main,
    'setup',
    '--source',
    'debian',
    '--no-activate',
  ]);
  const { addon } = JSON.parse(readFileSync(join(TORCH, 'build', 'debian.json'), 'utf8'));
  const env = { RAGWRIGHT_TORCH_ADDON: join(TORCH, 'build', addon), OMP_WAIT_POLICY: 'passive' };
  const options = passOn.filter((each) => !each.startsWith('--coverage'));
  vitest("vitest with Debian's libtorch", ['packages/torch/src', ...options], env);
}

/** `npm start`, whole, as a user runs it, but into a folder of its own. A real model must get better. */
function demo() {
  if (process.env['RAGWRIGHT_SKIP_DEMO'] === '1') return console.log('test: npm start is not run');
  const run = join(reports, 'demo');
  step('npm start', process.execPath, [join(ROOT, 'scripts', 'start.mjs'), '--out', run]);
  const { verdict, base } = JSON.parse(readFileSync(join(run, 'report.json'), 'utf8'));
  if (base.fromScratch)
    console.log('test: no real model could be had; the demo trained a small one from scratch');
  else if (verdict.outcome !== 'better')
    throw new StepFailed(`npm start: the model is ${verdict.outcome}, base ${base.name}`);
  counts.passed++;
}

/** @returns {Promise<string | undefined>} */
async function whyNotDebian() {
  if (process.env['RAGWRIGHT_SKIP_DEBIAN'] === '1') return 'RAGWRIGHT_SKIP_DEBIAN=1';
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (await isInstalled()) return undefined;
  // installing packages on someone's own computer is not for a test to do
  const ours = process.getuid?.() === 0 || process.env['CI'] !== undefined;
  if (ours && (await canInstall())) return undefined;
  return 'libtorch-dev is not installed (sudo apt-get install libtorch-dev libopenblas0-pthread)';
}

/**
 * @param {string} title
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env]
 */
function vitest(title, args, env = {}) {
  const report = join(reports, `${title.replaceAll(/\W+/g, '-')}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  try {
    step(title, 'vitest', ['run', ...reporters, ...args], env);
  } finally {
    if (existsSync(report)) {
      const { numPassedTests, numFailedTests } = JSON.parse(readFileSync(report, 'utf8'));
      counts.passed += numPassedTests;
      counts.failed += numFailedTests;
    }
  }
}

/**
 * @param {string} title
 * @param {string} command a path, or a program of node_modules
 * @param {readonly string[]} args
 * @param {Record<string, string>} [env]
 */
function step(title, command, args, env = {}) {
  const start = performance.now();
  console.log(`\n== ${title}`);
  const program = command.includes('/') ? command : join(BIN, command);
  const { status, error } = spawnSync(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  });
  if (error) throw new StepFailed(`${title}: ${error.message}`);
  if (status !== 0) throw new StepFailed(`${title} failed`);
  console.log(`== ${title}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
}
