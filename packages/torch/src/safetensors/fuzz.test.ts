import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DTypeError } from '../errors.ts';
import { memory, scope } from '../memory/index.ts';
import { SafetensorsError } from './errors.ts';
import { openSafetensors } from './file.ts';
import { golden, seeded, temporaryFolder } from './golden.fixture.ts';

/** Opens the file and reads everything in it, in every way. */
function readAll(path: string): void {
  using file = openSafetensors(path);
  for (const name of file.names) {
    scope(() => {
      const raw = file.bytes(name);
      expect(raw.numel).toBe(file.info(name).bytes);
      try {
        expect(file.tensor(name).shape).toEqual(file.info(name).shape);
        if (file.info(name).shape.length > 0)
          file.rows(name, 0, Math.min(1, file.info(name).shape[0] as number));
      } catch (error) {
        if (!DTypeError.isInstance(error)) throw error;
      }
    });
  }
}

test('20,000 mutated files: read, or refused with a SafetensorsError', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'mutant.safetensors');
  const original = readFileSync(golden('names.safetensors'));
  const header = 8 + Number(original.readBigUInt64LE());
  const random = seeded(3);
  const before = memory().liveTensors;
  let refused = 0;
  for (let i = 0; i < 20_000; i++) {
    const content = Buffer.from(original);
    for (let edits = 1 + random(4); edits > 0; edits--) {
      const at = random(10) === 0 ? random(content.length) : random(header);
      content[at] = random(2) === 0 ? random(256) : (content[random(header)] as number);
    }
    const length = random(10) === 0 ? random(content.length) : content.length;
    writeFileSync(path, content.subarray(0, length));
    try {
      readAll(path);
    } catch (error) {
      refused++;
      if (!(error instanceof SafetensorsError)) throw error;
      expect(error.file).toBe(path);
      expect(error.expected && error.got, error.message).toBeTruthy();
    }
  }
  expect(refused).toBeGreaterThan(5000);
  expect(refused).toBeLessThan(20_000);
  expect(memory().liveTensors).toBe(before);
});

test('2,000 files truncated at random after they were opened', () => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'shrinking.safetensors');
  const original = readFileSync(golden('dtypes.safetensors'));
  const random = seeded(4);
  let failed = 0;
  for (let i = 0; i < 2000; i++) {
    writeFileSync(path, original);
    using file = openSafetensors(path);
    truncateSync(path, random(original.length));
    const name = file.names[random(file.names.length)] as string;
    try {
      scope(() => void file.bytes(name));
    } catch (error) {
      failed++;
      expect(error).toMatchObject({ name: 'SafetensorsError', file: path, tensor: name });
    }
  }
  expect(failed).toBeGreaterThan(300);
});
