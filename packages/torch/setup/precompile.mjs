import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { temporaryName } from './cache.mjs';
import { run } from './command.mjs';

const WORTH_IT = 4; // files; the header takes as long as two of them, and saves 80 % of each

/**
 * Lets `work` compile with a precompiled `<ATen/ATen.h>`, which is most of what a source file of ours costs:
 * 6.7 s become 1.5 s. It is 400 MB, so it is deleted afterwards. Only g++ has this form of it (on macOS, g++
 * is clang), and a g++ that finds it unfit reads the header itself.
 * @template T
 * @param {{ compiler: string, flags: readonly string[], folder: string, files: number }} job
 * @param {(flags: readonly string[]) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withPrecompiledAten({ compiler, flags, folder, files }, work) {
  if (files < WORTH_IT || process.platform !== 'linux' || !/^g\+\+/.test(basename(compiler)))
    return work(flags);
  const own = temporaryName(join(folder, 'precompiled'));
  mkdirSync(own, { recursive: true });
  try {
    const header = join(own, 'aten.h');
    writeFileSync(header, '#include <ATen/ATen.h>\n');
    const { code } = await run(compiler, [...flags, '-x', 'c++-header', header, '-o', `${header}.gch`]);
    return await work(code === 0 ? [...flags, '-include', header] : flags);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}
