import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readDynamic } from './elf.mjs';

// what every Linux with glibc and a C++ compiler has
const SYSTEM = /^(ld-linux.*|lib(c|m|dl|rt|pthread|util|resolv|gcc_s|stdc\+\+))\.so/;

/**
 * The sonames that the libraries in a folder need and that neither the folder nor the system has.
 * @param {string} folder
 * @returns {string[]}
 */
export function missingLibraries(folder) {
  const present = readdirSync(folder).filter((name) => name.includes('.so'));
  const needed = present.flatMap((name) => readDynamic(join(folder, name)).needed);
  return [...new Set(needed)].filter((name) => !present.includes(name) && !SYSTEM.test(name)).sort();
}

/**
 * The requirements of a wheel (its METADATA) that bring CUDA libraries, without markers and extras.
 * @param {string} metadata
 * @returns {string[]} e.g. "cuda-toolkit[cudart,cupti]==13.0.3", "nvidia-nccl-cu13==2.29.7"
 */
export function cudaRequirements(metadata) {
  return [...metadata.matchAll(/^Requires-Dist:\s*([^;\r\n]+)(;[^\r\n]*)?/gim)]
    .filter(([, , marker]) => !marker?.includes('extra'))
    .map(([, requirement = '']) => requirement.replace(/[\s()]/g, ''))
    .filter((requirement) => /^(nvidia-|cuda-toolkit\b)/.test(requirement));
}

// sonames that are called otherwise in the package's name
const PACKAGE_PART = new Map([
  ['cudart', 'cuda-runtime'],
  ['cupti', 'cuda-cupti'],
  ['nvrtc', 'cuda-nvrtc'],
  ['nvtoolsext', 'nvtx'],
  ['cublaslt', 'cublas'],
]);

/**
 * Those of `requirements` that bring the missing libraries. `libcudart.so.13` is the extra `cudart` of
 * cuda-toolkit (wheels from 2.11 or so on), or the package `nvidia-cuda-runtime-cu12` (before).
 * @param {readonly string[]} requirements
 * @param {readonly string[]} missing sonames
 * @returns {string[]}
 */
export function requirementsFor(requirements, missing) {
  const chosen = new Set();
  for (const soname of missing) {
    const stem = soname
      .replace(/^lib/, '')
      .replace(/\.so.*$/, '')
      .toLowerCase();
    const toolkit = requirements.find((each) => extrasOf(each).includes(stem));
    if (toolkit) chosen.add(toolkit.replace(/\[.*\]/, `[${stem}]`));
    const part = PACKAGE_PART.get(stem) ?? stem;
    const own = requirements.find(
      (each) => each.startsWith('nvidia-') && packageName(each).includes(`-${part}`),
    );
    if (!toolkit && own) chosen.add(own);
  }
  return [...chosen];
}

/** @param {string} requirement */
function extrasOf(requirement) {
  return /\[(.*)\]/.exec(requirement)?.[1]?.toLowerCase().split(',') ?? [];
}

/** @param {string} requirement */
function packageName(requirement) {
  return requirement.split(/[=<>!~[]/)[0] ?? '';
}
