import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { definitionOf } from './definition.ts';
import { WorkerPool } from './pool.ts';
import { JsonTokenizer } from './tokenizer.ts';

const path = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const json = JSON.parse(readFileSync(path('../../golden/tokenizers/wordpiece.json'), 'utf8'));
const settings = { lowercase: false, truncationSide: 'right', segments: true } as const;
const definition = definitionOf('tokenizer.json', json, settings);
const tokenizer = new JsonTokenizer(definition);
const texts = Array.from({ length: 3000 }, (_, i) =>
  `Text ${i}: the patient was treated, naïvely. `.repeat(i % 40),
);

beforeAll(() => {
  if (!existsSync(path('../../dist/text/worker.js')))
    throw new Error("run 'npm run build' first: threads need it");
});

describe('threads', () => {
  let pool: WorkerPool;
  afterEach(() => pool.close());

  test('give what this thread gives, in order, cut alike', async () => {
    pool = new WorkerPool(definition, 2);
    for (const options of [{}, { maxLength: 16 }, { specialTokens: false }]) {
      const encoded = await pool.encode(texts, options);
      expect(encoded?.length).toBe(texts.length);
      const apart = texts.findIndex((text, i) => {
        const ids = tokenizer.encode(text, options).ids;
        return ids.length !== encoded?.[i]?.ids.length || ids.some((id, k) => id !== encoded[i]?.ids[k]);
      });
      expect(apart).toBe(-1);
    }
    expect(pool.threads).toBeGreaterThan(0);
  });

  test('start with the first text, end with close, and start again', async () => {
    pool = new WorkerPool(definition, 2);
    expect(pool.threads).toBe(0);
    await pool.encode(texts, {});
    expect(pool.threads).toBeGreaterThan(0);
    await pool.close();
    expect(pool.threads).toBe(0);
    expect(await pool.encode(['again'], {})).toEqual([tokenizer.encode('again')]);
  });

  test('that cannot be had leave the work to the caller', async () => {
    pool = new WorkerPool(definition, 2, new URL('no-such-worker.js', import.meta.url));
    expect(await pool.encode(texts, {})).toBeUndefined();
    expect(pool.threads).toBe(0);
  });

  test('closed in the middle do not hang', async () => {
    pool = new WorkerPool(definition, 2);
    const encoding = pool.encode(texts, {});
    await pool.close();
    expect(await encoding).toBeUndefined();
  });
});

test('encodeMany takes threads for much text, with the same result', async () => {
  const long = texts.map((text) => text + text);
  const start = performance.now();
  const encoded = await tokenizer.encodeMany(long, { maxLength: 64 });
  expect(performance.now() - start).toBeLessThan(60_000);
  for (const i of [0, 1, 1500, 2999]) {
    expect(encoded[i]).toEqual(tokenizer.encode(long[i] as string, { maxLength: 64 }));
  }
  await tokenizer.close();
});

test('a process ends although its threads were not closed', () => {
  const built = pathToFileURL(path('../../dist/text/index.js')).href;
  const script = `
    import { readFileSync } from 'node:fs';
    const { tokenizerFromJson } = await import(${JSON.stringify(built)});
    const json = JSON.parse(readFileSync(${JSON.stringify(path('../../golden/tokenizers/wordpiece.json'))}, 'utf8'));
    const encoded = await tokenizerFromJson(json).encodeMany(Array(50_000).fill('the patient was treated with two courses of it'));
    console.log(encoded.length);`;
  const done = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 50_000,
  });
  expect([done.stdout, done.stderr, done.status]).toEqual(['50000\n', '', 0]);
});
