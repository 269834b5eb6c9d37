#!/usr/bin/env node
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { inputsHash, isUpToDate, readBuild, recordPath, writeBuild } from './active.mjs';
import { withLock } from './cache.mjs';
import { compileAddon } from './compile.mjs';
import { fingerprint, SetupError, UsageError } from './libtorch.mjs';
import { say, step } from './log.mjs';
import { BUILD } from './paths.mjs';
import { ORDER, parseSource, resolveLibtorch } from './resolve.mjs';
import { proveItLoads, proveItMultiplies } from './verify.mjs';

const USAGE = `Usage: ragwright-torch <command>

  setup     finds or fetches libtorch, compiles the addon, and proves that it works
  status    says which libtorch is used, why, and whether it works

  --source <${ORDER.join('|')}>   setup: take libtorch from there only (also RAGWRIGHT_TORCH_SOURCE)
  --no-activate   setup: build it without making it the one that is loaded
  --force         setup: look again even if nothing has changed
  --json          print the result as JSON on standard output
`;

/**
 * @param {{ source?: string | undefined, activate: boolean, force: boolean }} options
 * @returns {Promise<import('./active.mjs').Build>}
 */
export async function setup({ source, activate, force }) {
  const only = parseSource(source || process.env['RAGWRIGHT_TORCH_SOURCE']);
  if (!activate && !only) throw new UsageError('--no-activate needs a --source');
  const path = recordPath(activate ? 'active' : /** @type {string} */ (only));
  const inputs = inputsHash(only);
  const current = () => {
    const build = force ? undefined : readBuild(path);
    return isUpToDate(build, inputs) ? build : undefined;
  };
  const found = current();
  if (found) {
    say(`torch: libtorch ${found.version} (${found.where}) is set up`);
    return found;
  }
  return withLock(path, async () => {
    const meanwhile = current();
    if (meanwhile) return meanwhile;
    const { libtorch, proof, passedOver } = await resolveLibtorch(buildAndProve, { only });
    const { source: from, where, version, lib } = libtorch;
    const build = {
      libtorch: lib,
      version,
      source: from,
      where,
      passedOver,
      inputs,
      library: fingerprint(lib),
    };
    writeBuild(join(proof.folder, 'build.json'), proof.addon, build);
    writeBuild(path, proof.addon, build);
    say(`torch: ${activate ? 'using' : 'built'} libtorch ${version} (${where})`);
    return /** @type {import('./active.mjs').Build} */ (readBuild(path));
  });
}

/** @param {import('./libtorch.mjs').Libtorch} libtorch */
async function buildAndProve(libtorch) {
  await proveItLoads(libtorch);
  const built = await compileAddon(libtorch);
  await step('verify: loading the addon and multiplying two matrices', () =>
    proveItMultiplies(built.addon, libtorch.source),
  );
  return built;
}

/** What `status` says: the active build and whether it works now. */
export async function status() {
  const build = readBuild(recordPath('active'));
  if (!build) return { works: false, problem: 'libtorch is not set up; run: npx ragwright-torch setup' };
  try {
    const libraryInfo = await proveItMultiplies(join(BUILD, build.addon), build.source);
    return { works: true, ...build, libraryInfo };
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    return { works: false, problem: error.message, ...build };
  }
}

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      source: { type: 'string' },
      'no-activate': { type: 'boolean', default: false },
      force: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [command] = positionals;
  if (values.help || positionals.length !== 1 || (command !== 'setup' && command !== 'status')) {
    say(USAGE);
    return values.help ? 0 : 2;
  }
  if (command === 'setup') {
    const { source, force } = values;
    const build = await setup({ source, force, activate: !values['no-activate'] });
    if (values.json) process.stdout.write(`${JSON.stringify(build, null, 2)}\n`);
    return 0;
  }
  const report = await status();
  if (values.json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else say(describeStatus(report));
  return report.works ? 0 : 1;
}

/** @param {Awaited<ReturnType<typeof status>>} report */
function describeStatus(report) {
  const lines = [report.works ? 'libtorch works' : `libtorch does not work: ${report.problem}`];
  if ('version' in report) {
    lines.push(`  version  ${report.version}`, `  from     ${report.source}: ${report.where}`);
    lines.push(`  library  ${report.libtorch}`, `  addon    ${join(BUILD, report.addon)}`);
    for (const reason of report.passedOver) lines.push(`  before   ${reason.split('\n')[0]}`);
  }
  return lines.join('\n');
}

try {
  process.exitCode = await main();
} catch (error) {
  const unknownOption =
    error instanceof TypeError && 'code' in error && `${error.code}`.startsWith('ERR_PARSE_ARGS');
  if (!unknownOption && !(error instanceof SetupError)) throw error;
  say(`ragwright-torch: ${error.message}`);
  process.exitCode = unknownOption || error instanceof UsageError ? 2 : 1;
}
