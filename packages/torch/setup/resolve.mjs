import { SetupError, UsageError } from './libtorch.mjs';
import { say } from './log.mjs';
import * as debian from './sources/debian.mjs';
import * as env from './sources/env.mjs';
import * as python from './sources/python.mjs';
import * as wheel from './sources/wheel.mjs';

/**
 * @typedef {import('./libtorch.mjs').SourceName} SourceName
 * @typedef {import('./libtorch.mjs').Libtorch} Libtorch
 * @typedef {Record<SourceName, { candidates: () => AsyncIterable<import('./libtorch.mjs').Candidate> }>} Sources
 */

/** The sources in the order in which they are tried. */
export const ORDER = /** @type {const} */ (['env', 'python', 'wheel', 'debian']);

const NOTHING_THERE = {
  env: 'LIBTORCH is not set',
  python: 'no Python was found (VIRTUAL_ENV, CONDA_PREFIX, python3 on PATH)',
  wheel: 'none for this platform',
  debian: 'this is no Debian or Ubuntu',
};

/**
 * @param {string | undefined} name
 * @returns {SourceName | undefined}
 */
export function parseSource(name) {
  if (!name) return undefined;
  const source = ORDER.find((each) => each === name);
  if (!source)
    throw new UsageError(`unknown source of libtorch "${name}"; expected one of ${ORDER.join(', ')}`);
  return source;
}

/**
 * Goes through the sources until one passes `prove`, and says why the others did not.
 * @template T
 * @param {(libtorch: Libtorch) => Promise<T>} prove throws a SetupError if this libtorch is no good
 * @param {{ only?: SourceName | undefined, sources?: Sources }} [options] `only` forces one source
 * @returns {Promise<{ libtorch: Libtorch, proof: T, passedOver: string[] }>}
 */
export async function resolveLibtorch(prove, { only, sources = { env, python, wheel, debian } } = {}) {
  /** @type {string[]} */
  const passedOver = [];
  for (const source of only ? [only] : ORDER) {
    let any = false;
    for await (const candidate of sources[source].candidates()) {
      any = true;
      try {
        const libtorch = await candidate.obtain();
        say(`${source}: found libtorch ${libtorch.version}: ${libtorch.where}`);
        return { libtorch, proof: await prove(libtorch), passedOver };
      } catch (error) {
        if (!(error instanceof SetupError)) throw error;
        say(`${source}: ${candidate.title}: ${error.message}`);
        passedOver.push(`${source}: ${candidate.title}: ${error.message}`);
      }
    }
    if (!any) passedOver.push(`${source}: ${NOTHING_THERE[source]}`);
  }
  throw new SetupError(
    [
      only ? `No usable libtorch from the source "${only}".` : 'No usable libtorch. Tried, in this order:',
      ...passedOver.map((line) => `- ${line.replaceAll('\n', '\n  ')}`),
      'What helps, any one of: a Python environment with torch (pip install torch); network access for pip;',
      'sudo apt-get install libtorch-dev libopenblas0-pthread; or LIBTORCH=<folder with lib/ and include/>.',
    ].join('\n'),
  );
}
