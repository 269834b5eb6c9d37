import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { findCompiler } from './compile.mjs';
import { libraryName, SetupError } from './libtorch.mjs';
import { lastLines } from './log.mjs';

const LOADER = `
#include <dlfcn.h>
#include <stdio.h>
int main(int count, char** arguments) {
  if (count == 2 && dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL)) return 0;
  fprintf(stderr, "%s\\n", dlerror());
  return 1;
}
`;

/**
 * Loads libtorch_cpu in a small program of its own, before minutes go into compiling against it. A CUDA wheel
 * on a machine without its CUDA libraries, or one for another glibc, fails here with the loader's own words.
 * @param {import('./libtorch.mjs').Libtorch} libtorch
 */
export async function proveItLoads(libtorch) {
  const folder = mkdtempSync(join(tmpdir(), 'ragwright-'));
  try {
    const source = join(folder, 'loader.cc');
    const program = join(folder, 'loader');
    writeFileSync(source, LOADER);
    const compiled = await run(findCompiler(), [source, '-o', program, '-ldl']);
    if (compiled.code !== 0)
      throw new SetupError(`cannot compile a small C++ program: ${lastLines(compiled.output)}`);
    const { code, output } = await run(program, [join(libtorch.lib, libraryName('torch_cpu'))]);
    if (code !== 0) throw new SetupError(`it does not load: ${lastLines(output, 2)}`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Loads the addon in a process of its own and multiplies two matrices with it.
 * @param {string} addon
 * @param {import('./libtorch.mjs').SourceName} source
 * @returns {Promise<import('../src/native/addon.ts').LibraryInfo>}
 */
export async function proveItMultiplies(addon, source) {
  const script = fileURLToPath(new URL('./multiply.mjs', import.meta.url));
  const env = source === 'debian' ? { OMP_WAIT_POLICY: 'passive', ...process.env } : process.env;
  const { code, stdout, output } = await run(process.execPath, [script, addon], { env, timeout: 120_000 });
  if (code !== 0) throw new SetupError(`the addon does not work: ${lastLines(output, 4)}`);
  return JSON.parse(stdout);
}
