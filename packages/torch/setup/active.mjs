import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { writeAtomically } from './cache.mjs';
import { hashOf } from './compile.mjs';
import { variant } from './gpu.mjs';
import { fingerprint } from './libtorch.mjs';
import { BUILD, NATIVE, PACKAGE } from './paths.mjs';

/**
 * What setup built and from what. `build/active.json` holds the one that is loaded; a build that was not
 * activated has its record under its source's name; each addon has its own beside it.
 * @typedef {object} Build
 * @property {string} addon    relative to the record's folder
 * @property {string} libtorch folder of its libraries
 * @property {string} version
 * @property {import('./libtorch.mjs').SourceName} source
 * @property {string} where
 * @property {string[]} passedOver why the sources before this one were not taken
 * @property {string} inputs   hash of all that the choice and the build depend on
 * @property {string} library  fingerprint of libtorch_cpu
 */

/** @param {string} name "active", or a source */
export function recordPath(name) {
  return join(BUILD, `${name}.json`);
}

/**
 * @param {string} path
 * @returns {Build | undefined}
 */
export function readBuild(path) {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined; // not ours, or damaged: setup writes it anew
  }
}

/**
 * @param {string} path
 * @param {string} addon absolute
 * @param {Omit<Build, 'addon'>} build
 */
export function writeBuild(path, addon, build) {
  const record = { addon: relative(join(path, '..'), addon), ...build };
  writeAtomically(path, `${JSON.stringify(record, null, 2)}\n`);
}

/**
 * Whether nothing has changed since the build.
 * @param {Build | undefined} build
 * @param {string} inputs
 */
export function isUpToDate(build, inputs) {
  return (
    build !== undefined &&
    build.inputs === inputs &&
    existsSync(join(BUILD, build.addon)) &&
    build.library === fingerprint(build.libtorch)
  );
}

/**
 * A hash of what the choice of a libtorch and the build depend on: environment, machine, our sources.
 * @param {string | undefined} source forced on the command line
 */
export function inputsHash(source) {
  const { LIBTORCH, VIRTUAL_ENV, CONDA_PREFIX, RAGWRIGHT_TORCH_VERSION, CXX, CXXFLAGS } = process.env;
  const settings = { LIBTORCH, VIRTUAL_ENV, CONDA_PREFIX, RAGWRIGHT_TORCH_VERSION, CXX, CXXFLAGS, source };
  const files = [
    ...filesOf(NATIVE),
    ...filesOf(join(PACKAGE, 'setup')).filter((path) => path.endsWith('.mjs')),
  ];
  return hashOf([
    JSON.stringify(settings),
    `${variant()} ${process.platform} ${process.arch}`,
    ...files.flatMap((path) => [relative(PACKAGE, path), readFileSync(path, 'utf8')]),
  ]);
}

/** @param {string} folder */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
