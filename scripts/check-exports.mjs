#!/usr/bin/env node
/**
 * Checks what the packages offer to others: every entry of `exports` resolves to built files and imports, index
 * files name what they export, the tarball holds what it should and nothing else, and publint is content.
 * Needs a build (`npm run build`).
 *
 *   node scripts/check-exports.mjs [root]
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import ts from 'typescript';
import { isFile, isTest, readPackages, shown, sourceFiles } from './layers/workspace.mjs';

/** @typedef {import('./layers/workspace.mjs').Package} Package */

const execute = promisify(execFile);

/**
 * Checks a workspace; gives one line for each problem.
 * @param {string} root
 * @returns {Promise<string[]>}
 */
export async function checkExports(root) {
  const problems = await Promise.all(
    readPackages(root).map(async (pkg) => {
      const entries = entriesOf(pkg);
      const missing = missingFiles(pkg, entries);
      const rest = await Promise.all([
        missing.length === 0 ? importProblems(pkg, entries) : missing,
        tarballProblems(pkg, entries),
        publintProblems(pkg),
      ]);
      return [...wildcards(root, pkg), ...rest.flat()].map((problem) => `${pkg.name}: ${problem}`);
    }),
  );
  return problems.flat();
}

/**
 * @typedef {{ subpath: string, types: string | undefined, file: string | undefined }} Entry
 * @param {Package} pkg
 * @returns {Entry[]}
 */
function entriesOf(pkg) {
  const { exports = {} } = pkg.manifest;
  const bySubpath =
    typeof exports === 'string' || !('.' in exports || hasSubpaths(exports)) ? { '.': exports } : exports;
  return Object.entries(bySubpath).map(([subpath, target]) => {
    if (typeof target === 'string') return { subpath, types: undefined, file: target };
    return { subpath, types: target?.types, file: target?.default ?? target?.import };
  });
}

const hasSubpaths = (/** @type {object} */ exports) =>
  Object.keys(exports).every((key) => key.startsWith('./'));

/** @param {Package} pkg @param {readonly Entry[]} entries */
function missingFiles(pkg, entries) {
  return entries.flatMap(({ subpath, types, file }) => {
    const problems = [];
    if (!file) problems.push(`exports ${subpath}: no "default"`);
    else if (!isFile(join(pkg.folder, file))) problems.push(`exports ${subpath}: ${file} is not built`);
    if (file?.endsWith('.js') && !types) problems.push(`exports ${subpath}: no "types"`);
    else if (types && !isFile(join(pkg.folder, types)))
      problems.push(`exports ${subpath}: ${types} is not built`);
    return problems;
  });
}

/** Imports every entry in a process of its own. @param {Package} pkg @param {readonly Entry[]} entries */
async function importProblems(pkg, entries) {
  const files = entries.flatMap(({ subpath, file }) => {
    const url = file?.endsWith('.js') ? pathToFileURL(join(pkg.folder, file)).href : undefined;
    return url ? [[subpath, url]] : [];
  });
  const script = `
    const problems = [];
    for (const [subpath, url] of ${JSON.stringify(files)}) {
      const names = await import(url).then(Object.keys, (error) => { problems.push(subpath + ': cannot be imported: ' + error.message); });
      if (names?.length === 0) problems.push(subpath + ': exports nothing');
    }
    process.stdout.write(JSON.stringify(problems));`;
  try {
    const { stdout } = await execute(process.execPath, ['--input-type=module', '-e', script], {
      cwd: pkg.folder,
    });
    return /** @type {string[]} */ (JSON.parse(stdout)).map((problem) => `exports ${problem}`);
  } catch (error) {
    return [`exports: importing them ended the process: ${error instanceof Error ? error.message : error}`];
  }
}

/** What names every op is generated, and so is its list. */
const GENERATED = /(^|\/)ops\/index\.ts$|\.generated\.ts$/;

/** `export *` in index files: what a package offers must be read off its index. @param {string} root @param {Package} pkg */
function wildcards(root, pkg) {
  return sourceFiles(join(pkg.folder, 'src'))
    .filter((file) => basename(file) === 'index.ts')
    .flatMap((file) => {
      const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest);
      return source.statements.flatMap((statement) => {
        if (!ts.isExportDeclaration(statement) || statement.exportClause) return [];
        const from =
          statement.moduleSpecifier && ts.isStringLiteral(statement.moduleSpecifier)
            ? statement.moduleSpecifier.text
            : '';
        return GENERATED.test(from)
          ? []
          : [`${shown(root, file)}: export * from '${from}'; name what is exported`];
      });
    });
}

/** @param {Package} pkg @param {readonly Entry[]} entries */
async function tarballProblems(pkg, entries) {
  const { stdout } = await execute('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: pkg.folder,
  });
  const files = /** @type {string[]} */ (
    JSON.parse(stdout)[0].files.map((/** @type {{ path: string }} */ file) => file.path)
  );
  const needless = files.filter((file) => isTest(file) || /\.tsbuildinfo$|^build\/|^golden\//.test(file));
  const offered = entries
    .flatMap(({ types, file }) => [types, file])
    .map((file) => file?.replace(/^\.\//, ''));
  const wanted = [
    'LICENSE',
    'README.md',
    ...offered.filter((file) => file !== undefined && isFile(join(pkg.folder, file))),
  ];
  const lacking = wanted.filter((file) => file && !files.includes(file));
  return [
    ...needless.map((file) => `the tarball holds ${file}; exclude it in "files"`),
    ...lacking.map((file) => `the tarball lacks ${file}`),
  ];
}

/** @param {Package} pkg */
async function publintProblems(pkg) {
  const { messages } = await publint({ pkgDir: pkg.folder, strict: true, pack: false });
  return messages.map((message) => `publint: ${formatMessage(message, pkg.manifest, { color: false })}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = resolve(process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url)));
  const problems = await checkExports(root);
  for (const problem of problems) console.error(problem);
  console.error(problems.length === 0 ? 'exports: ok' : `exports: ${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
