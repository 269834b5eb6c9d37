import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {'env' | 'python' | 'wheel' | 'debian'} SourceName
 *
 * @typedef {object} Libtorch
 * @property {SourceName} source
 * @property {string} where       what was found, for people
 * @property {string} version     libtorch's version with its variant where known, e.g. "2.13.0+cpu"
 * @property {string} lib         folder of libtorch_cpu and libc10
 * @property {string[]} include   folders for the compiler, in order
 * @property {0 | 1} cxx11Abi     _GLIBCXX_USE_CXX11_ABI that it was built with
 *
 * @typedef {object} Candidate
 * @property {SourceName} source
 * @property {string} title       what is about to be tried
 * @property {() => Promise<Libtorch>} obtain  finds or fetches it; throws a SetupError that says what is missing
 */

/** Something that setup cannot do; the message says what and, where there is one, the way out. */
export class SetupError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'SetupError';
  }
}

/** A wrong option or setting: exit code 2 instead of 1. */
export class UsageError extends SetupError {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'UsageError';
  }
}

const SUFFIX = process.platform === 'darwin' ? 'dylib' : 'so';

/** @param {string} name e.g. "torch_cpu" */
export function libraryName(name) {
  return `lib${name}.${SUFFIX}`;
}

/**
 * The libtorch in a folder that has `lib/` and `include/`, as in LIBTORCH or in Python's `torch/`.
 * @param {SourceName} source
 * @param {string} root
 * @param {string} where
 * @param {string} [version] where the caller knows it better
 * @returns {Libtorch}
 */
export function describeFolder(source, root, where, version) {
  return describe(source, join(root, 'lib'), join(root, 'include'), where, version ?? versionOf(root));
}

/**
 * @param {SourceName} source
 * @param {string} lib
 * @param {string} headers
 * @param {string} where
 * @param {string | undefined} version
 * @returns {Libtorch}
 */
export function describe(source, lib, headers, where, version) {
  for (const path of [
    join(lib, libraryName('torch_cpu')),
    join(lib, libraryName('c10')),
    join(headers, 'ATen', 'ATen.h'),
  ]) {
    if (!existsSync(path)) throw new SetupError(`${path} is missing`);
  }
  const found = version ?? headerVersion(headers);
  if (!found) throw new SetupError('cannot tell its version (no version.py, build-version or version.h)');
  const include = [headers, join(headers, 'torch', 'csrc', 'api', 'include')];
  return { source, where, version: found, lib, include, cxx11Abi: cxx11Abi(lib, found) };
}

/**
 * Identifies the very library file, so that an upgrade in place is noticed.
 * @param {string} lib
 */
export function fingerprint(lib) {
  const stat = statSync(join(lib, libraryName('torch_cpu')), { throwIfNoEntry: false });
  return stat ? `${stat.size}-${Math.trunc(stat.mtimeMs)}` : 'missing';
}

/** @param {string} root */
function versionOf(root) {
  return pythonVersion(join(root, 'version.py')) ?? read(join(root, 'build-version'))?.trim();
}

/**
 * `__version__` of torch/version.py.
 * @param {string} path
 */
export function pythonVersion(path) {
  return parseVersionPy(read(path) ?? '');
}

/** @param {string} text */
export function parseVersionPy(text) {
  return /^__version__\s*=\s*['"]([^'"]+)['"]/m.exec(text)?.[1];
}

/** @param {string} headers */
function headerVersion(headers) {
  for (const path of ['torch/headeronly/version.h', 'torch/csrc/api/include/torch/version.h']) {
    const found = /#define\s+TORCH_VERSION\s*\\?\s*"([^"]+)"/.exec(read(join(headers, path)) ?? '');
    if (found) return found[1];
  }
  return undefined;
}

/**
 * Wheels before 2.7 were built with libstdc++'s old strings. The constructor of c10::Error tells: its
 * mangled name has `NSt7__cxx11…` with the new and `Ss` with the old ones.
 * @param {string} lib
 * @param {string} version
 * @returns {0 | 1}
 */
function cxx11Abi(lib, version) {
  if (process.platform !== 'linux') return 1;
  const symbols = readFileSync(join(lib, libraryName('c10'))).toString('latin1');
  const found = /_ZN3c105ErrorC[12]E\w*?(NSt7__cxx11|Ss)/.exec(symbols)?.[1];
  if (found) return found === 'Ss' ? 0 : 1;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 2 || (major === 2 && minor >= 7) ? 1 : 0;
}

/** @param {string} path */
function read(path) {
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}
