import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileAddon, findCompiler } from './compile.mjs';
import type { Libtorch } from './libtorch.mjs';
import { libraryName, SetupError } from './libtorch.mjs';

// A libtorch of two empty libraries: what is compiled and when does not depend on what is in them.
let folder: string;
let libtorch: Libtorch;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-compile-'));
  for (const name of ['lib', 'include', 'native']) mkdirSync(join(folder, name));
  writeFileSync(join(folder, 'empty.cc'), '');
  for (const name of ['torch_cpu', 'c10']) {
    const output = join(folder, 'lib', libraryName(name));
    execFileSync(findCompiler(), ['-shared', '-fPIC', join(folder, 'empty.cc'), '-o', output]);
  }
  libtorch = {
    source: 'env',
    where: 'a test',
    version: '0.0.1',
    lib: join(folder, 'lib'),
    include: [join(folder, 'include')],
    cxx11Abi: 1,
  };
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string) => writeFileSync(join(folder, 'native', name), text);
const compile = () =>
  compileAddon(libtorch, { sources: join(folder, 'native'), build: join(folder, 'build') });

it('compiles what has changed, links, and reports where a source is wrong', async () => {
  write('answer.h', 'int answer();\n');
  write('answer.cc', '#include "answer.h"\nint answer() { return 42; }\n');
  write(
    'addon.cc',
    `#include <node_api.h>
#include "answer.h"
extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value) {
  napi_value value;
  napi_create_int32(env, answer(), &value);
  return value;
}
`,
  );
  const first = await compile();
  expect(first.compiled).toBe(2);
  expect(first.addon).toBe(
    join(folder, `build/0.0.1-${process.platform}-${process.arch}/ragwright_torch.node`),
  );
  expect(createRequire(import.meta.url)(first.addon)).toBe(42);
  expect(JSON.parse(readFileSync(join(folder, 'build/compile_commands.json'), 'utf8'))).toHaveLength(2);

  expect((await compile()).compiled).toBe(0);

  write('answer.cc', '#include "answer.h"\nint answer() { return 43; }\n');
  const changed = await compile();
  expect(changed.compiled).toBe(1);
  const print = `process.stdout.write(String(require(${JSON.stringify(changed.addon)})))`;
  expect(execFileSync(process.execPath, ['-e', print], { encoding: 'utf8' })).toBe('43');

  write('answer.h', 'int answer();  // a header concerns every source\n');
  expect((await compile()).compiled).toBe(2);

  write('answer.cc', '#include "answer.h"\nint answer() { return unknown; }\n');
  const error = await compile().catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SetupError);
  expect((error as Error).message).toMatch(/answer\.cc:2:.*unknown/);
  expect(readdirSync(join(changed.folder, 'objects')).filter((name) => name.includes('.tmp-'))).toEqual([]);
});

it('says so if there is nothing to compile', async () => {
  mkdirSync(join(folder, 'none'));
  await expect(compileAddon(libtorch, { sources: join(folder, 'none') })).rejects.toThrow('has no .cc files');
});
