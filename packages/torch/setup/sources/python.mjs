import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run, which } from '../command.mjs';
import { describeFolder, pythonVersion, SetupError } from '../libtorch.mjs';
import { lastLines } from '../log.mjs';

// find_spec finds the package without running a line of it
const FIND_TORCH = `
import importlib.util
spec = importlib.util.find_spec('torch')
print(list(spec.submodule_search_locations)[0] if spec and spec.submodule_search_locations else '')
`;

/**
 * Python environments that may have torch: the active virtual or conda environment, then python3 on PATH.
 * @returns {AsyncGenerator<import('../libtorch.mjs').Candidate>}
 */
export async function* candidates() {
  const seen = new Set();
  for (const { python, name } of interpreters()) {
    if (seen.has(python)) continue; // an activated environment is on PATH as well
    seen.add(python);
    yield { source: 'python', title: `torch in ${name} (${python})`, obtain: () => torchOf(python, name) };
  }
}

/** @returns {{ python: string, name: string }[]} */
function interpreters() {
  const found = [];
  for (const variable of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const folder = process.env[variable];
    if (!folder) continue;
    const python = ['python3', 'python'].map((each) => join(folder, 'bin', each)).find(existsSync);
    if (python) found.push({ python, name: variable });
  }
  const onPath = which('python3') ?? which('python');
  if (onPath) found.push({ python: onPath, name: 'python3 on PATH' });
  return found;
}

/**
 * @param {string} python
 * @param {string} name
 */
async function torchOf(python, name) {
  const { code, stdout, output } = await run(python, ['-c', FIND_TORCH], { timeout: 60_000 });
  if (code !== 0) throw new SetupError(`${python} failed: ${lastLines(output, 1)}`);
  const folder = stdout.trim();
  if (folder === '') throw new SetupError(`${python} has no torch`);
  const version = pythonVersion(join(folder, 'version.py'));
  return describeFolder('python', folder, `torch ${version ?? ''} in ${name}`, version);
}
