#!/usr/bin/env node
// Finds a Chromium for the tests that look at pages, and prints its path: CHROMIUM_PATH, else one on PATH. If there is
// none and this is root on Debian or in CI, installs Debian's. Node's built-ins only.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const INSTALL = ['install', '-y', '--no-install-recommends', 'chromium'];

const path = find() ?? install();
if (path === undefined) {
  console.error(
    `Chromium is missing: neither CHROMIUM_PATH nor ${NAMES.join(', ')} on PATH. ` +
      `Install it (sudo apt-get ${INSTALL.join(' ')}) or let CHROMIUM_PATH name one.`,
  );
  process.exitCode = 1;
} else {
  console.log(path);
}

/** @returns {string | undefined} */
function find() {
  const named = process.env['CHROMIUM_PATH'];
  if (named) {
    if (isExecutable(named)) return named;
    console.error(`CHROMIUM_PATH is ${named}, which is no program`);
    return undefined;
  }
  return NAMES.map(which).find((each) => each !== undefined);
}

/** @returns {string | undefined} */
function install() {
  if (process.env['CHROMIUM_PATH'] || !which('apt-get')) return undefined;
  const prefix = rootPrefix();
  if (prefix === undefined) return undefined;
  console.error("chromium: installing Debian's …");
  if (apt(prefix, INSTALL) !== 0) {
    apt(prefix, ['update', '-q']); // the package lists may be missing or old
    apt(prefix, INSTALL);
  }
  return find();
}

/** @returns {string[] | undefined} what to put before a command that needs root; undefined if that would ask or surprise */
function rootPrefix() {
  if (process.getuid?.() === 0) return [];
  // installing packages on someone's own computer is not for a test to do
  if (process.env['CI'] === undefined) return undefined;
  return spawnSync('sudo', ['-n', 'true']).status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * @param {readonly string[]} prefix
 * @param {readonly string[]} args
 */
function apt(prefix, args) {
  const [command, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args];
  // its output is for people; ours is the path alone
  return spawnSync(/** @type {string} */ (command), rest, { stdio: ['ignore', 2, 2] }).status;
}

/** @param {string} name */
function which(name) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/** @param {string} file */
function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
