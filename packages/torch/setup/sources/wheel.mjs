import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheRoot, createFolder, dropLeftovers, temporaryName, withLock } from '../cache.mjs';
import { cudaRequirements, missingLibraries, requirementsFor } from '../cuda-closure.mjs';
import { variant } from '../gpu.mjs';
import { describeFolder, parseVersionPy, SetupError, UsageError } from '../libtorch.mjs';
import { say, step } from '../log.mjs';
import { download, findPip } from '../pip.mjs';
import { withZip } from '../zip.mjs';

/** The libtorch that is fetched unless `RAGWRIGHT_TORCH_VERSION` names another. */
export const DEFAULT_VERSION = '2.13.0';

const CPU_INDEX = 'https://download.pytorch.org/whl/cpu';
const MANIFEST = 'manifest.json'; // written last: lists what was unpacked
// in a CUDA wheel, what libtorch_cpu does not need
const CUDA_ONLY =
  /^lib(torch_cuda.*|torch_nvshmem|c10_cuda|caffe2_nvrtc|torch_python|torch|shm|torch_global_deps)\.(so|dylib)/;

/**
 * The official torch wheel, fetched with the machine's pip and unpacked into the cache.
 * @returns {AsyncGenerator<import('../libtorch.mjs').Candidate>}
 */
export async function* candidates() {
  const version = process.env['RAGWRIGHT_TORCH_VERSION'] || DEFAULT_VERSION;
  yield { source: 'wheel', title: `the torch ${version} wheel (pip)`, obtain: () => obtain(version) };
}

/** @param {string} version */
async function obtain(version) {
  if (!/^[\w.+!-]+$/.test(version)) {
    throw new UsageError(
      `RAGWRIGHT_TORCH_VERSION is "${version}"; expected a version such as ${DEFAULT_VERSION}`,
    );
  }
  const wanted = variant();
  const folder = join(cacheRoot(), 'libtorch', `${version}-${wanted}-${process.platform}-${process.arch}`);
  if (!isComplete(folder)) {
    await withLock(folder, async () => {
      dropLeftovers(folder);
      if (!isComplete(folder)) await fetchInto(folder, version, wanted);
    });
  }
  const { wheel, torch } = readManifest(folder);
  const [number = torch] = torch.split('+');
  // the CPU part of a CUDA wheel is no CUDA library any more
  const label = wanted === 'cpu' && process.platform === 'linux' ? `${number}+cpu` : torch;
  return describeFolder('wheel', folder, `wheel ${wheel}`, label);
}

/**
 * @param {string} folder
 * @param {string} version
 * @param {'cpu' | 'cuda'} wanted
 */
async function fetchInto(folder, version, wanted) {
  await findPip();
  const downloads = temporaryName(`${folder}.download`);
  mkdirSync(downloads, { recursive: true });
  try {
    const wheel = await fetchWheel(version, wanted, downloads);
    await createFolder(folder, (target) => unpack(join(downloads, wheel), target, wanted, downloads), {
      replace: true,
    });
    say(`wheel: unpacked into ${folder}`);
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/**
 * Without a GPU on Linux a CPU build is tried first, as it is a third of the size; the CPU part of the
 * ordinary wheel does as well.
 * @param {string} version
 * @param {'cpu' | 'cuda'} wanted
 * @param {string} downloads
 * @returns {Promise<string>} the file's name
 */
async function fetchWheel(version, wanted, downloads) {
  const cpuBuilds =
    process.platform === 'linux' && process.arch === 'x64' && wanted === 'cpu' && !version.includes('+');
  const ways = [
    ...(cpuBuilds ? [{ requirement: `torch==${version}+cpu`, options: [] }] : []),
    ...(cpuBuilds
      ? [
          {
            requirement: `torch==${version}`,
            options: ['--index-url', CPU_INDEX, '--retries', '0', '--timeout', '10'],
          },
        ]
      : []),
    { requirement: `torch==${version}`, options: [] },
  ];
  const reasons = [];
  for (const { requirement, options } of ways) {
    const title = `wheel: pip download ${[requirement, ...options.slice(0, 2)].join(' ')}`;
    try {
      const wheels = await step(title, () =>
        download([requirement], downloads, { dependencies: false, options }),
      );
      const wheel = wheels.find((name) => name.startsWith('torch-'));
      if (wheel) return wheel;
      reasons.push(`${requirement}: pip brought no torch wheel`);
    } catch (error) {
      if (!(error instanceof SetupError)) throw error;
      say(`  not to be had: ${error.message}`);
      reasons.push(`${[requirement, ...options.slice(0, 2)].join(' ')}: ${error.message}`);
    }
  }
  throw new SetupError([...new Set(reasons)].join('\n'));
}

/**
 * @param {string} wheel
 * @param {string} target
 * @param {'cpu' | 'cuda'} wanted
 * @param {string} downloads
 */
async function unpack(wheel, target, wanted, downloads) {
  const { metadata, torch } = await step('wheel: unpacking lib/ and include/', () =>
    withZip(wheel, async (zip) => {
      for (const entry of zip.entries) {
        const library = /^torch\/lib\/([^/]+\.(so|dylib)[.\d]*)$/.exec(entry.name)?.[1];
        const keep = library
          ? wanted === 'cuda' || !CUDA_ONLY.test(library)
          : entry.name.startsWith('torch/include/');
        if (keep) await zip.extract(entry, target, entry.name.slice('torch/'.length));
      }
      /** @type {(name: RegExp) => string} */
      const text = (name) => {
        const entry = zip.entries.find((each) => name.test(each.name));
        return entry ? zip.read(entry).toString('utf8') : '';
      };
      return {
        metadata: text(/^torch-[^/]+\.dist-info\/METADATA$/),
        torch: parseVersionPy(text(/^torch\/version\.py$/)),
      };
    }),
  );
  if (!torch) throw new SetupError(`${wheel} has no torch/version.py`);
  rmSync(wheel);
  if (process.platform === 'linux')
    await addCudaLibraries(join(target, 'lib'), cudaRequirements(metadata), wanted, downloads);
  const name = wheel.slice(downloads.length + 1);
  const files = Object.fromEntries(
    readdirSync(join(target, 'lib')).map((each) => [`lib/${each}`, statSync(join(target, 'lib', each)).size]),
  );
  writeFileSync(join(target, MANIFEST), JSON.stringify({ wheel: name, torch, files }, null, 2));
}

/**
 * Puts the CUDA libraries beside libtorch's: with a GPU all that the wheel requires (cuDNN and others load
 * parts of themselves at run time), else only those that libtorch_cpu is linked against.
 * @param {string} lib
 * @param {readonly string[]} requirements
 * @param {'cpu' | 'cuda'} wanted
 * @param {string} downloads
 */
async function addCudaLibraries(lib, requirements, wanted, downloads) {
  if (requirements.length === 0) return;
  if (wanted === 'cuda') {
    await addFrom(lib, requirements, downloads, () => true);
    return;
  }
  const asked = new Set();
  for (;;) {
    const missing = missingLibraries(lib);
    const next = requirementsFor(requirements, missing).filter((each) => !asked.has(each));
    if (next.length === 0) return; // what is still missing, the load proof will name
    for (const each of next) asked.add(each);
    await addFrom(lib, next, downloads, (name) => missing.includes(name));
  }
}

/**
 * @param {string} lib
 * @param {readonly string[]} requirements
 * @param {string} downloads
 * @param {(soname: string) => boolean} keep
 */
async function addFrom(lib, requirements, downloads, keep) {
  const folder = join(downloads, 'cuda');
  mkdirSync(folder, { recursive: true });
  await step(`wheel: libraries that it needs besides (${requirements.join(' ')})`, async () => {
    for (const wheel of await download(requirements, folder, { dependencies: true })) {
      await withZip(join(folder, wheel), async (zip) => {
        for (const entry of zip.entries) {
          const name = /^nvidia\/.*\/lib(?:64)?\/([^/]+\.so[.\d]*)$/.exec(entry.name)?.[1];
          if (name && keep(name) && !existsSync(join(lib, name))) await zip.extract(entry, lib, name);
        }
      });
      rmSync(join(folder, wheel));
    }
  });
}

/**
 * @param {string} folder
 * @returns {{ wheel: string, torch: string, files: Record<string, number> }}
 */
function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
}

/**
 * Whether every library that was unpacked is there in its full length.
 * @param {string} folder
 */
function isComplete(folder) {
  if (!existsSync(join(folder, MANIFEST))) return false;
  return Object.entries(readManifest(folder).files).every(
    ([file, size]) => statSync(join(folder, file), { throwIfNoEntry: false })?.size === size,
  );
}
