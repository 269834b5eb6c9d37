import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCompiler } from './compile.mjs';
import { ElfError, readDynamic } from './elf.mjs';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-elf-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, bytes: Buffer): string => {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
};

describe.runIf(process.platform === 'linux')('the dynamic section of a library', () => {
  let library: string;
  beforeAll(() => {
    const source = write(
      'lib.cc',
      Buffer.from('extern "C" double sin(double); double twice(double x) { return sin(x); }'),
    );
    library = join(folder, 'libtwice.so');
    execFileSync(findCompiler(), [
      ...[
        '-shared',
        '-fPIC',
        source,
        '-o',
        library,
        '-Wl,-soname,libtwice.so.7',
        '-Wl,--no-as-needed',
        '-lm',
      ],
      '-Wl,-rpath,$ORIGIN/../lib:/usr/local/lib',
    ]);
  });

  it('tells the soname, what it needs, and where it looks', () => {
    const { soname, needed, runpath } = readDynamic(library);
    expect(soname).toBe('libtwice.so.7');
    expect(needed).toContain('libm.so.6');
    expect(runpath).toEqual(['$ORIGIN/../lib', '/usr/local/lib']);
  });

  it('is refused as an ElfError wherever the file is cut off or damaged', () => {
    const bytes = readFileSync(library);
    const failure = (damaged: Buffer) => {
      try {
        readDynamic(write('damaged.so', damaged));
        return undefined;
      } catch (error) {
        return error;
      }
    };
    expect(failure(bytes.subarray(0, 40))).toBeInstanceOf(ElfError);
    expect(failure(bytes.subarray(0, 300))).toBeInstanceOf(ElfError);
    for (let at = 0; at < 64 + 56 * 9; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at] = 0xff;
      const error = failure(damaged);
      if (error !== undefined) expect(error, `byte ${at}`).toBeInstanceOf(ElfError);
    }
  });
});

it('something else than an ELF file is refused', () => {
  expect(() => readDynamic(write('text', Buffer.alloc(200, 'text')))).toThrow(ElfError);
});
