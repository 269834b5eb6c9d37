#!/usr/bin/env node
/**
 * Fails on an import that goes in a direction the design does not allow: between packages, between the rooms of
 * core, past a package's `exports`, or around in a cycle. The rules are the tables in layers/rules.mjs.
 *
 *   node scripts/check-layers.mjs [root]
 */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cyclesOf } from './layers/cycles.mjs';
import { importsOf } from './layers/imports.mjs';
import { builtinsOnly, packages as packageRules, recipeUsers, rooms as roomRules } from './layers/rules.mjs';
import { isFile, isTest, offers, readPackages, shown, sourceFiles } from './layers/workspace.mjs';

/** @typedef {import('./layers/workspace.mjs').Package} Package */
/** @typedef {import('./layers/imports.mjs').Import} Import */
/** @typedef {{ file: string, line: number, message: string }} Violation */

/**
 * Checks a workspace.
 * @param {string} workspace its root folder
 * @returns {Violation[]} in the order of files and lines; empty if all is well
 */
export function checkLayers(workspace) {
  const root = resolve(workspace);
  const packages = readPackages(root);
  const byName = new Map(packages.map((pkg) => [pkg.name, pkg]));
  /** @type {Violation[]} */
  const violations = [];
  /** @type {Map<string, Set<string>>} files by run-time imports */
  const files = new Map();
  /** @type {Map<string, Set<string>>} packages by all imports */
  const between = new Map(packages.map((pkg) => [pkg.name, new Set()]));

  for (const pkg of packages) {
    if (!Object.hasOwn(packageRules, pkg.name)) {
      const message = `package ${pkg.name} is not in scripts/layers/rules.mjs`;
      violations.push({ file: shown(root, join(pkg.folder, 'package.json')), line: 1, message });
    }
    for (const folder of ['src', ...builtinsOnly]) {
      for (const file of sourceFiles(join(pkg.folder, folder))) checkFile(file, pkg, folder);
    }
  }
  for (const folder of ['examples', 'bench']) {
    for (const file of sourceFiles(join(root, folder))) checkFile(file, undefined, folder);
  }
  for (const cycle of [...cyclesOf(files), ...cyclesOf(between)]) {
    const names = cycle.map((node) => (byName.has(node) ? node : shown(root, node)));
    violations.push({ file: names[0] ?? '', line: 1, message: `import cycle: ${names.join(' → ')}` });
  }
  return violations;

  /**
   * @param {string} file
   * @param {Package | undefined} pkg undefined for examples and benchmarks
   * @param {string} folder
   */
  function checkFile(file, pkg, folder) {
    const text = readFileSync(file, 'utf8');
    for (const item of importsOf(text, file)) {
      const { message, target } = judge(item, file, pkg, folder);
      if (message) violations.push({ file: shown(root, file), line: item.line, message });
      if (target && !item.typeOnly && !item.deferred) link(files, file, target);
      const other = ownerOf(item.specifier, byName);
      if (pkg && other && other !== pkg && !isTest(file)) link(between, pkg.name, other.name);
    }
  }

  /**
   * @param {Import} item @param {string} file @param {Package | undefined} pkg @param {string} folder
   * @returns {{ message?: string | undefined, target?: string }} what is wrong, and the file that it names
   */
  function judge(item, file, pkg, folder) {
    const { specifier } = item;
    if (/^\.{1,2}(\/|$)/.test(specifier)) return judgeRelative(specifier, file, pkg, folder);
    if (specifier.startsWith('node:')) return {};
    if (builtinModules.includes(specifier)) return { message: `write node:${specifier}` };
    if (builtinsOnly.includes(folder) && !isTest(file))
      return { message: `${specifier}: ${folder}/ runs before anything is installed` };
    const other = ownerOf(specifier, byName);
    if (other) return { message: judgePackage(item, file, pkg, other, folder) };
    if (packageNameOf(specifier) in packageRules)
      return { message: `${specifier}: there is no such package yet` };
    return { message: pkg && judgeForeign(specifier, file, pkg) };
  }

  /** @param {string} specifier @param {string} file @param {Package | undefined} pkg @param {string} folder */
  function judgeRelative(specifier, file, pkg, folder) {
    const target = resolve(dirname(file), specifier);
    const home = pkg?.folder ?? root;
    const inside = target === home || target.startsWith(home + sep);
    const owner = packages.find(({ folder: other }) => target.startsWith(other + sep));
    if (!inside || owner !== pkg) {
      return { message: `${specifier}: reaches into another package; import it by name, as it exports it` };
    }
    const found = [target, target.replace(/\.js$/, '.ts'), target.replace(/\.mjs$/, '.mts')].find(isFile);
    if (!found) {
      // Data and built files that do not exist yet are not modules of this graph.
      return /\.(json|node)$/.test(specifier) ? {} : { message: `${specifier}: no such file` };
    }
    if (isTest(found) && !isTest(file))
      return { message: `${specifier}: tests and fixtures are not built`, target: found };
    const message =
      pkg?.name === '@ragwright/core' && folder === 'src' ? judgeRoom(file, found, pkg) : undefined;
    return { message, target: found };
  }

  /**
   * @param {Import} item @param {string} file @param {Package | undefined} pkg @param {Package} other
   * @param {string} folder
   */
  function judgePackage(item, file, pkg, other, folder) {
    const { specifier, typeOnly } = item;
    const subpath = `.${specifier.slice(other.name.length)}`;
    const { exports } = other.manifest;
    if (!offers(exports, subpath)) return `${specifier}: ${other.name} does not export ${subpath}`;
    const user = pkg?.name ?? folder;
    if (
      /^\.\/(learning\/)?recipes(\/|$)/.test(subpath) &&
      other.name === '@ragwright/core' &&
      !recipeUsers.includes(user)
    ) {
      return `${specifier}: only ${recipeUsers.join(' and ')} load recipes`;
    }
    if (!pkg || other === pkg) return undefined;
    const rule = packageRules[pkg.name];
    if (!rule) return undefined;
    if (rule.typesOnly?.includes(other.name) && !typeOnly) {
      return `${specifier}: ${pkg.name} takes types only from ${other.name}; use import type`;
    }
    if (!rule.may.includes(other.name) && !rule.typesOnly?.includes(other.name)) {
      return `${specifier}: ${pkg.name} must not import ${other.name} (it may: ${rule.may.join(', ') || 'none of ours'})`;
    }
    const room = pkg.name === '@ragwright/core' ? roomOf(file, pkg) : undefined;
    if (room && other.name === '@ragwright/torch' && !roomRules[room]?.torch) {
      return `${specifier}: the room ${room} must not import the engine`;
    }
    return undefined;
  }

  /** @param {string} file @param {string} target @param {Package} pkg */
  function judgeRoom(file, target, pkg) {
    const from = roomOf(file, pkg);
    const to = roomOf(target, pkg);
    if (from === undefined || from === to) return undefined; // src/index.ts may import every room
    const known = (/** @type {string} */ room) => Object.hasOwn(roomRules, room);
    if (!known(from)) return `the folder ${from} is not a room in scripts/layers/rules.mjs`;
    if (to === undefined) return 'a room must not import the index of the package';
    if (roomRules[from]?.may.includes(to)) return undefined;
    return `${from} must not import ${to} (it may: ${roomRules[from]?.may.join(', ') || 'no room'})`;
  }

  /** A dependency that is not ours must be declared, or an installed package lacks it. */
  /** @param {string} specifier @param {string} file @param {Package} pkg */
  function judgeForeign(specifier, file, pkg) {
    if (isTest(file)) return undefined;
    const name = packageNameOf(specifier);
    const { dependencies = {}, peerDependencies = {}, optionalDependencies = {} } = pkg.manifest;
    if (name in dependencies || name in peerDependencies || name in optionalDependencies) return undefined;
    return `${specifier}: ${name} is not among the dependencies of ${pkg.name}`;
  }
}

/** Room of a file of core: the folder under src/, two folders under learning/; undefined for src/index.ts. */
/** @param {string} file @param {Package} pkg */
function roomOf(file, pkg) {
  const [first, second, ...rest] = file.slice(join(pkg.folder, 'src').length + 1).split(sep);
  if (second === undefined) return undefined;
  return first === 'learning' && rest.length > 0 ? `learning/${second}` : first;
}

/** @param {string} specifier */
function packageNameOf(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** @param {string} specifier @param {ReadonlyMap<string, Package>} byName */
const ownerOf = (specifier, byName) => byName.get(packageNameOf(specifier));

/** @param {Map<string, Set<string>>} graph @param {string} from @param {string} to */
function link(graph, from, to) {
  const edges = graph.get(from);
  if (edges) edges.add(to);
  else graph.set(from, new Set([to]));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  const violations = checkLayers(root);
  for (const { file, line, message } of violations) console.error(`${file}:${line}: ${message}`);
  console.error(violations.length === 0 ? 'layers: ok' : `layers: ${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
