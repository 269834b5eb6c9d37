import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * @typedef {object} CommandResult
 * @property {number} code   exit code; -1 if the command could not be started or was killed
 * @property {string} stdout
 * @property {string} stderr
 * @property {string} output both, in the order of arrival
 */

/**
 * Runs a command without a shell and never throws: a missing program is code -1 with the reason in `output`.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, cwd?: string, timeout?: number }} [options] timeout in milliseconds
 * @returns {Promise<CommandResult>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const result = { code: -1, stdout: '', stderr: '', output: '' };
    const child = spawn(command, [...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      result.stdout += text;
      result.output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
      result.stderr += text;
      result.output += text;
    });
    child.on('error', (error) => {
      result.output += error.message;
      resolve(result);
    });
    child.on('close', (code, signal) => {
      if (signal) result.output += `\n${command} was ended by ${signal}`;
      resolve({ ...result, code: code ?? -1 });
    });
  });
}

/**
 * The full path of a program on PATH, or undefined.
 * @param {string} name
 * @returns {string | undefined}
 */
export function which(name) {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    if (folder !== '' && isExecutable(join(folder, name))) return join(folder, name);
  }
  return undefined;
}

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
