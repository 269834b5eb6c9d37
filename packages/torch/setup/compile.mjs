import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { dropLeftovers, temporaryName, writeAtomically } from './cache.mjs';
import { run, which } from './command.mjs';
import { fingerprint, SetupError } from './libtorch.mjs';
import { say, seconds, step } from './log.mjs';
import { BUILD, NATIVE } from './paths.mjs';
import { withPrecompiledAten } from './precompile.mjs';

/**
 * @typedef {object} Built
 * @property {string} addon  path of ragwright_torch.node
 * @property {string} folder of the build
 * @property {number} compiled how many files were not in the object cache
 */

const MEMORY_PER_COMPILER = 1.2 * 2 ** 30; // bytes; measured peak with ATen.h
const OBJECTS_KEPT = 4; // of each source

/** The C++ compiler: `$CXX`, else g++, else clang++. */
export function findCompiler() {
  const compiler = [process.env['CXX'], 'g++', 'clang++'].find((each) => each && which(each));
  if (!compiler)
    throw new SetupError(
      'no C++ compiler found ($CXX, g++, clang++); install one, e.g. sudo apt-get install g++',
    );
  return compiler;
}

/**
 * Compiles every `*.cc` of a folder against a libtorch and links the addon. Objects are kept by a hash of all
 * that goes into them, so only what has changed is compiled again.
 * @param {import('./libtorch.mjs').Libtorch} libtorch
 * @param {{ sources?: string, build?: string }} [folders]
 * @returns {Promise<Built>}
 */
export async function compileAddon(libtorch, { sources = NATIVE, build = BUILD } = {}) {
  const compiler = findCompiler();
  const folder = join(build, `${libtorch.version}-${process.platform}-${process.arch}`);
  const names = readdirSync(sources).sort();
  const units = names.filter((name) => name.endsWith('.cc'));
  if (units.length === 0) throw new SetupError(`${sources} has no .cc files`);
  mkdirSync(join(folder, 'objects'), { recursive: true });

  const flags = compilerFlags(libtorch);
  const common = hashOf([
    (await run(compiler, ['--version'])).stdout,
    ...flags,
    fingerprint(libtorch.lib),
    ...names
      .filter((name) => name.endsWith('.h'))
      .map((name) => `${name}\n${readFileSync(join(sources, name))}`),
  ]);
  const objects = units.map((name) => {
    const source = join(sources, name);
    const hash = hashOf([common, name, readFileSync(source, 'utf8')]);
    return { name, source, object: join(folder, 'objects', `${name}-${hash.slice(0, 16)}.o`) };
  });
  const commands = objects.map(({ source, object }) => ({
    directory: sources,
    file: source,
    arguments: [compiler, ...flags, '-c', source, '-o', object],
  }));
  writeAtomically(join(build, 'compile_commands.json'), JSON.stringify(commands, null, 1));

  const stale = objects.filter(({ object }) => !existsSync(object));
  if (stale.length > 0) {
    const jobs = Math.max(1, Math.min(availableParallelism(), Math.floor(totalmem() / MEMORY_PER_COMPILER)));
    const what = `compile: ${stale.length} of ${objects.length} files with ${compiler}, ${jobs} at a time`;
    dropLeftovers(join(folder, 'precompiled'));
    await step(`${what}, against libtorch ${libtorch.version}`, () =>
      withPrecompiledAten({ compiler, flags, folder, files: stale.length }, (allFlags) =>
        compileAll(compiler, allFlags, stale, jobs),
      ),
    );
  }
  const addon = join(folder, 'ragwright_torch.node');
  const linking = linkerFlags(libtorch);
  const linkStamp = join(folder, 'link.sha256');
  const linkHash = hashOf([compiler, ...linking, ...objects.map(({ object }) => object)]);
  if (!existsSync(addon) || !existsSync(linkStamp) || readFileSync(linkStamp, 'utf8') !== linkHash) {
    const temporary = temporaryName(addon);
    const inputs = objects.map(({ object }) => object);
    const { code, output } = await run(compiler, [...inputs, '-o', temporary, ...linking]);
    if (code !== 0) throw new SetupError(`linking failed:\n${head(output)}`);
    renameSync(temporary, addon); // a process that has the old one open keeps it
    writeAtomically(linkStamp, linkHash);
    dropOldObjects(join(folder, 'objects'), units);
  }
  return { addon, folder, compiled: stale.length };
}

/**
 * @param {string} compiler
 * @param {readonly string[]} flags
 * @param {readonly { name: string, source: string, object: string }[]} units
 * @param {number} jobs
 */
async function compileAll(compiler, flags, units, jobs) {
  const queue = [...units];
  /** @type {string[]} */
  const failures = [];
  const worker = async () => {
    for (let unit = queue.shift(); unit && failures.length === 0; unit = queue.shift()) {
      const start = performance.now();
      const temporary = temporaryName(unit.object);
      const { code, output } = await run(compiler, [...flags, '-c', unit.source, '-o', temporary]);
      if (code !== 0) {
        failures.push(`${compiler} failed on ${unit.name}:\n${head(output)}`);
        return;
      }
      if (output.trim() !== '') say(head(output)); // warnings
      renameSync(temporary, unit.object);
      say(`  ${unit.name}: ${seconds(start)}`);
    }
  };
  await Promise.all(Array.from({ length: jobs }, worker));
  if (failures.length > 0) throw new SetupError(failures.join('\n'));
}

/**
 * Keeps the newest few objects of each source: going back to an earlier state stays quick.
 * @param {string} folder
 * @param {readonly string[]} units
 */
function dropOldObjects(folder, units) {
  const files = readdirSync(folder).map((name) => ({ name, time: statSync(join(folder, name)).mtimeMs }));
  for (const unit of units) {
    const own = files.filter(({ name }) => name.startsWith(`${unit}-`)).sort((a, b) => b.time - a.time);
    for (const { name } of own.slice(OBJECTS_KEPT)) rmSync(join(folder, name), { force: true });
  }
}

/** @param {import('./libtorch.mjs').Libtorch} libtorch */
function compilerFlags(libtorch) {
  // -I is no good for the second kind: warnings in libtorch's headers are not ours. And /usr/include must
  // stay where the compiler has it, or the C++ library's #include_next breaks.
  const headers = libtorch.include.filter((folder) => folder !== '/usr/include');
  return [
    ...['-std=c++20', '-O2', '-fPIC', '-fvisibility=hidden', '-Wall', '-DNAPI_VERSION=8'],
    ...(process.platform === 'linux' ? [`-D_GLIBCXX_USE_CXX11_ABI=${libtorch.cxx11Abi}`] : []),
    ...['-isystem', nodeApiHeaders()],
    ...headers.flatMap((folder) => ['-isystem', folder]),
    ...(process.env['CXXFLAGS']?.split(/\s+/).filter(Boolean) ?? []),
  ];
}

/** @param {import('./libtorch.mjs').Libtorch} libtorch */
function linkerFlags(libtorch) {
  // Node has the napi_* symbols. nodelete: libtorch's threads outlive a worker that unloads the addon.
  const shared =
    process.platform === 'darwin'
      ? ['-bundle', '-undefined', 'dynamic_lookup']
      : ['-shared', '-Wl,-z,nodelete'];
  return [...shared, `-L${libtorch.lib}`, '-ltorch_cpu', '-lc10', `-Wl,-rpath,${libtorch.lib}`];
}

function nodeApiHeaders() {
  try {
    const { resolve } = createRequire(import.meta.url);
    return join(dirname(resolve('node-api-headers/package.json')), 'include');
  } catch {
    throw new SetupError('the package node-api-headers is not installed; run npm install first');
  }
}

/** @param {readonly string[]} parts */
export function hashOf(parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part}`);
  return hash.digest('hex');
}

/**
 * The first lines of a compiler's output; the rest is consequence.
 * @param {string} output
 */
function head(output) {
  return output.trim().split('\n').slice(0, 40).join('\n');
}
