import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { npyHeader } from './npy.ts';
import { readTexts } from './readTexts.ts';
import { vectorFile } from './vectorFile.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-files-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A reader by NumPy's description of the format, not by our writer. */
function readNpy(file: string) {
  const bytes = readFileSync(file);
  expect(bytes.subarray(0, 8)).toEqual(Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0]));
  const length = bytes.readUInt16LE(8);
  expect((10 + length) % 64).toBe(0);
  const header = bytes.toString('latin1', 10, 10 + length);
  expect(header.endsWith('\n')).toBe(true);
  const [, descr, order, shape] =
    /^\{'descr': '([^']+)', 'fortran_order': (\w+), 'shape': \(([^)]*)\), \} *\n$/.exec(header) ?? [];
  const data = bytes.subarray(10 + length);
  const values = Array.from({ length: data.length / 4 }, (_, i) => data.readFloatLE(4 * i));
  return { descr, order, shape, values };
}

test('.npy: float32, C order, rows as they came', async () => {
  const file = join(folder, 'deep', 'vectors.npy');
  const writer = await vectorFile(file, 3);
  await writer.write([Float32Array.of(1, 2, 3), Float32Array.of(-0.1, 0, 1e-20)], ['a', 'b']);
  await writer.write([Float32Array.of(7, 8, 9)], ['c']);
  expect(readdirSync(join(folder, 'deep')).filter((name) => name === 'vectors.npy')).toEqual([]);
  await writer.close();
  await writer.abandon(); // does nothing now
  expect(readNpy(file)).toEqual({
    descr: '<f4',
    order: 'False',
    shape: '3, 3',
    values: [1, 2, 3, Math.fround(-0.1), 0, Math.fround(1e-20), 7, 8, 9],
  });
});

test('.npy header of one dimension has a comma', () => {
  expect(npyHeader([5]).toString('latin1')).toContain("'shape': (5,)");
});

test('.jsonl: ids, and digits that give the same float32 again', async () => {
  const file = join(folder, 'vectors.jsonl');
  const vector = Float32Array.of(0.1, -1 / 3, 1e-20, 123456.789, 0);
  const writer = await vectorFile(file, 5);
  await writer.write([vector], ['q1']);
  await writer.close();
  const line = JSON.parse(readFileSync(file, 'utf8'));
  expect(line.id).toBe('q1');
  expect(Float32Array.from(line.vector)).toEqual(vector);
  expect(line.vector[0]).toBe(0.1);
});

test('what is abandoned leaves nothing behind', async () => {
  const file = join(folder, 'gone', 'vectors.npy');
  const writer = await vectorFile(file, 1);
  await writer.write([Float32Array.of(1)], [0]);
  await writer.abandon();
  expect(readdirSync(join(folder, 'gone'))).toEqual([]);
});

test('a vector of another length is refused', async () => {
  const writer = await vectorFile(join(folder, 'bad.npy'), 2);
  await expect(writer.write([Float32Array.of(1)], [0])).rejects.toThrow('a row of 1 numbers among rows of 2');
  await writer.abandon();
});

const all = async (name: string, field = 'text') => {
  const texts = [];
  for await (const text of readTexts(join(folder, name), { field })) texts.push(text);
  return texts;
};

test('texts from .txt and .jsonl', async () => {
  writeFileSync(join(folder, 'a.txt'), '\ufefffirst\r\n\nthird');
  expect(await all('a.txt')).toEqual([
    { id: 0, text: 'first' },
    { id: 1, text: '' },
    { id: 2, text: 'third' },
  ]);
  writeFileSync(
    join(folder, 'a.jsonl'),
    '{"_id":"x","title":"T","text":"one"}\n\n{"title":"","text":"two"}\n',
  );
  expect(await all('a.jsonl')).toEqual([
    { id: 'x', text: 'one' },
    { id: 1, text: 'two' },
  ]);
  expect((await all('a.jsonl', 'title+text'))[0]).toEqual({ id: 'x', text: 'T one' });
});

test('a missing field names file, line, and what there is', async () => {
  writeFileSync(join(folder, 'b.jsonl'), '{"text":"one"}\n{"body":"two"}\n');
  await expect(all('b.jsonl')).rejects.toThrow(
    /b\.jsonl:2, text: expected a text, got no such field .*body.*--field/,
  );
  await expect(all('missing.txt')).rejects.toThrow(/missing\.txt: expected a readable file/);
  await expect(all('x.csv')).rejects.toThrow('.jsonl or .txt');
});
