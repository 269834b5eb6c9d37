import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

/**
 * @typedef {object} Package
 * @property {string} name
 * @property {string} folder absolute
 * @property {Record<string, any>} manifest package.json
 */

/**
 * The packages of a workspace.
 * @param {string} root
 * @returns {Package[]}
 */
export function readPackages(root) {
  const parent = join(root, 'packages');
  return readdirSync(parent)
    .map((name) => join(parent, name))
    .filter((folder) => existsSync(join(folder, 'package.json')))
    .map((folder) => {
      const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      return { name: manifest.name, folder, manifest };
    });
}

const SOURCE = /\.(ts|tsx|mts|mjs)$/;
const SKIPPED = new Set(['node_modules', 'dist', 'build', 'coverage', 'golden']);

/**
 * Source files below a folder, sorted; none if it is absent.
 * @param {string} folder
 * @returns {string[]}
 */
export function sourceFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sourceFiles(path);
      return SOURCE.test(entry.name) && !entry.name.endsWith('.d.ts') ? [path] : [];
    })
    .sort();
}

/** Tests and their fixtures: not built, not published. */
export const isTest = (/** @type {string} */ path) => /\.(test|fixture|bench)\.([cm]?tsx?|mjs)$/.test(path);

/** @param {string} path */
export const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;

/** A path as a message shows it: from the root, with '/'. */
export const shown = (/** @type {string} */ root, /** @type {string} */ path) =>
  relative(root, path).split(sep).join('/');

/**
 * Whether `exports` of a package.json offers a subpath ("." or "./nn").
 * @param {unknown} exports
 * @param {string} subpath
 */
export function offers(exports, subpath) {
  if (exports === undefined) return true; // without `exports` every file is public
  if (typeof exports === 'string' || exports === null) return exports !== null && subpath === '.';
  const keys = Object.keys(/** @type {object} */ (exports));
  if (!keys.some((key) => key.startsWith('.'))) return subpath === '.';
  return keys.some((key) => {
    const [before = '', after] = key.split('*');
    if (after === undefined) return key === subpath;
    return subpath.startsWith(before) && subpath.endsWith(after) && subpath.length >= key.length;
  });
}
