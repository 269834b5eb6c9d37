#!/usr/bin/env node
/**
 * Packs the packages, installs the tarballs into an empty folder as a user would, and multiplies two matrices
 * there. Needs a build; no network: dependencies are packed from node_modules.
 *
 *   node scripts/packed-install.mjs           uses this workspace's compiled addon
 *   node scripts/packed-install.mjs --setup   runs the installed package's own set-up (minutes, may download)
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readPackages } from './layers/workspace.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const EXAMPLE = `
import { tensor, matmul, scope } from '@ragwright/torch';
import { Linear } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { writeSafetensors, openSafetensors } from '@ragwright/torch/safetensors';
import * as models from '@ragwright/core/models';

const product = scope(() => matmul(tensor([[1, 2], [3, 4]]), tensor([[5, 6], [7, 8]])).toArray());
writeSafetensors('x.safetensors', { x: tensor([1.5]) });
const file = openSafetensors('x.safetensors');
console.log(JSON.stringify({
  product,
  read: file.tensor('x').toArray(),
  types: [typeof Linear, typeof AdamW],
  models: Object.keys(models).length > 0,
}));
`;

/** Entries work by themselves: tensors have their methods whichever is imported. */
const ALONE = `
import { openSafetensors } from '@ragwright/torch/safetensors';
console.log(JSON.stringify(openSafetensors('x.safetensors').tensor('x').add(1).toArray()));
`;

/**
 * Packs and installs into a new folder, runs the example there, and removes the folder.
 * @param {{ setup?: boolean }} [options]
 * @returns {{ product: number[][], read: number[], types: string[], models: boolean, alone: number[] }}
 */
export function packedInstall({ setup = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ragwright-packed-'));
  try {
    const ours = readPackages(root);
    const tarballs = pack(
      folder,
      ours.map((pkg) => pkg.folder),
    );
    const app = join(folder, 'app');
    mkdirSync(app);
    writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
    for (const dependency of dependenciesOf(ours)) copyInto(app, dependency);
    run('npm', ['install', '--offline', '--no-audit', '--no-fund', '--ignore-scripts', ...tarballs], app);
    if (setup) run(join(app, 'node_modules', '.bin', 'ragwright-torch'), ['setup'], app);
    writeFileSync(join(app, 'example.mjs'), EXAMPLE);
    writeFileSync(join(app, 'alone.mjs'), ALONE);
    const addon = setup ? {} : { RAGWRIGHT_TORCH_ADDON: builtAddon() };
    const env = { ...process.env, ...addon };
    /** @param {string} script */
    const start = (script) =>
      JSON.parse(execFileSync(process.execPath, [script], { cwd: app, encoding: 'utf8', env }));
    return { ...start('example.mjs'), alone: start('alone.mjs') };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} folder where the tarballs go
 * @param {readonly string[]} packages folders
 * @returns {string[]} paths of the tarballs
 */
function pack(folder, packages) {
  const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder, ...packages];
  const packed = /** @type {{ filename: string }[]} */ (JSON.parse(run('npm', args, root)));
  return packed.map(({ filename }) => join(folder, filename));
}

/**
 * Folders of everything of others that our packages depend on, where npm has put it.
 * @param {ReturnType<typeof readPackages>} ours
 */
function dependenciesOf(ours) {
  const names = new Set(ours.map(({ name }) => name));
  const seen = /** @type {Set<string>} */ (new Set());
  const pending = ours.flatMap(needsOf);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (names.has(next.name)) continue;
    const dependency = installed(next.name, next.by);
    if (seen.has(dependency)) continue;
    seen.add(dependency);
    const manifest = JSON.parse(readFileSync(join(dependency, 'package.json'), 'utf8'));
    pending.push(...needsOf({ folder: dependency, manifest }));
  }
  return seen;
}

/**
 * Puts a package where npm would find it installed: without a network it can fetch nothing, and asking it to install
 * tarballs of packages in several versions makes it look up which ones there are.
 * @param {string} app
 * @param {string} dependency
 */
function copyInto(app, dependency) {
  const [, ...path] = dependency.split(`${sep}node_modules${sep}`);
  cpSync(
    dependency,
    join(app, 'node_modules', ...path.flatMap((name, i) => (i > 0 ? ['node_modules', name] : [name]))),
    {
      recursive: true,
    },
  );
}

/** @param {{ folder: string, manifest: Record<string, any> }} pkg */
const needsOf = ({ folder, manifest }) =>
  Object.keys(manifest['dependencies'] ?? {}).map((name) => ({ name, by: folder }));

/**
 * Where npm has put a dependency: below the package that needs it, or further up.
 * @param {string} name
 * @param {string} by
 */
function installed(name, by) {
  for (let folder = by; folder.startsWith(root.replace(/[\\/]$/, '')); folder = dirname(folder)) {
    const candidate = join(folder, 'node_modules', name);
    if (existsSync(join(candidate, 'package.json'))) return candidate;
  }
  throw new Error(`${name}, which ${by} needs, is not installed`);
}

function builtAddon() {
  const override = process.env['RAGWRIGHT_TORCH_ADDON'];
  if (override) return override;
  const build = join(root, 'packages', 'torch', 'build');
  if (!existsSync(join(build, 'active.json')))
    throw new Error('the addon is not built; run npm run bootstrap');
  return join(build, JSON.parse(readFileSync(join(build, 'active.json'), 'utf8')).addon);
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd */
function run(command, args, cwd) {
  // npm pack lists every file: more than the default megabyte
  const maxBuffer = 64 * 2 ** 20;
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const result = packedInstall({ setup: process.argv.includes('--setup') });
  console.log(`packed install: ${JSON.stringify(result)}`);
  if (JSON.stringify(result.product) !== '[[19,22],[43,50]]') process.exitCode = 1;
}
