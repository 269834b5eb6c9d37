import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { DataError } from '../../base/errors.ts';
import { SeededRandom } from '../../base/rng.ts';
import { evaluateRun } from '../metrics/index.ts';
import type { Qrels, Run } from '../types.ts';
import { readTrecQrels, readTrecRun, writeTrecQrels, writeTrecRun } from './index.ts';

const folder = mkdtempSync(join(tmpdir(), 'ragwright-trec-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const golden = (name: string) => fileURLToPath(new URL(`../../../golden/trec/${name}`, import.meta.url));
const expected: Record<string, Record<string, number>> = JSON.parse(
  readFileSync(golden('expected.json'), 'utf8'),
);
const metrics = Object.keys(expected);
const write = (name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
};
const failure = async (work: Promise<unknown>) => {
  const error = await work.catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(DataError);
  return (error as DataError).details;
};

describe('TREC files', () => {
  it('are read as trec_eval reads them: the same metrics as its own, query by query', async () => {
    const [run, qrels] = [await readTrecRun(golden('run.txt')), await readTrecQrels(golden('qrels.txt'))];
    for (const { name, perQuery } of evaluateRun(qrels, run, metrics)) {
      expect([...perQuery.keys()].sort()).toEqual(Object.keys(expected[name] ?? {}).sort());
      for (const [query, value] of perQuery)
        expect(value, `${name} of ${query}`).toBeCloseTo(expected[name]?.[query] as number, 9);
    }
  });

  it('come back as they were written: scores bit by bit, metrics to the last digit', async () => {
    const random = new SeededRandom(4);
    const scores = () =>
      [
        random.float(),
        -random.float() * 1e-9,
        random.float() * 1e22,
        Math.fround(random.float()),
        0.5,
        0,
        -0,
      ][random.below(7)] as number;
    const run: Run = new Map(
      Array.from({ length: 30 }, (_, q) => [
        `q${q}`,
        new Map(Array.from({ length: 1 + random.below(60) }, (_, d) => [`d${(d * 37) % 101}`, scores()])),
      ]),
    );
    const qrels: Qrels = new Map(
      Array.from({ length: 30 }, (_, q) => [
        `q${q}`,
        new Map(Array.from({ length: 9 }, (_, d) => [`d${(d * 11 + q) % 101}`, random.below(4) - 1])),
      ]),
    );
    const files = { run: join(folder, 'deep/run.txt'), qrels: join(folder, 'deep/qrels.txt') };
    const lines = [...run.values()].reduce((sum, { size }) => sum + size, 0);
    expect(await writeTrecRun(files.run, run, 'mine')).toBe(lines);
    expect(await writeTrecQrels(files.qrels, qrels)).toBe(270);
    const back = await readTrecRun(files.run);
    expect([...back.keys()]).toEqual([...run.keys()]);
    for (const [query, found] of run)
      for (const [document, score] of found) expect(back.get(query)?.get(document)).toBe(score + 0); // −0 is 0
    expect(await readTrecQrels(files.qrels)).toEqual(qrels);
    expect(evaluateRun(await readTrecQrels(files.qrels), back, metrics)).toEqual(
      evaluateRun(qrels, run, metrics),
    );
  });

  it('are in the order of trec_eval, ranks from 1', async () => {
    const found = new Map(Object.entries({ a: 1, z: 1, m: 2, b: 1 + 1e-9, n: 1e-7 }));
    const file = join(folder, 'order.txt');
    await writeTrecRun(file, new Map([['q', found]]), 'tag');
    expect(readFileSync(file, 'utf8')).toBe(
      'q Q0 m 1 2 tag\nq Q0 z 2 1 tag\nq Q0 b 3 1.000000001 tag\nq Q0 a 4 1 tag\nq Q0 n 5 1e-7 tag\n',
    );
    await writeTrecRun(file, new Map([['q', new Map()]]), 'tag');
    expect(readFileSync(file, 'utf8')).toBe('');
    expect(await readTrecRun(file)).toEqual(new Map());
  });

  it('do not hold ids with spaces, unknown scores, or queries without judgements; nothing is left then', async () => {
    const file = join(folder, 'refused.txt');
    const run = (query: string, document: string, score = 1): Run =>
      new Map([
        ['fine', new Map([['d', 1]])],
        [query, new Map([[document, score]])],
      ]);
    for (const bad of ['a b', '', 'tab\there', 'line\nend', 'no\u00a0break']) {
      expect(await failure(writeTrecRun(file, run(bad, 'd'), 't'))).toMatchObject({
        file,
        field: 'query',
        got: JSON.stringify(bad),
      });
      expect(await failure(writeTrecRun(file, run('q', bad), 't'))).toMatchObject({ field: 'document' });
      expect(await failure(writeTrecQrels(file, run('q', bad)))).toMatchObject({ field: 'document' });
      expect(await failure(writeTrecRun(file, run('q', 'd'), bad))).toMatchObject({ field: 'tag' });
    }
    for (const bad of [Number.NaN, Number.NEGATIVE_INFINITY])
      expect(await failure(writeTrecRun(file, run('q', 'd', bad), 't'))).toMatchObject({ field: 'score' });
    expect(await failure(writeTrecQrels(file, run('q', 'd', 1.5)))).toMatchObject({ field: 'grade' });
    expect(await failure(writeTrecQrels(file, new Map([['q', new Map()]])))).toMatchObject({ field: 'q' });
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder).filter((name) => name.includes('refused'))).toEqual([]);
  });

  it('say which line is wrong', async () => {
    const run = (line: string) => failure(readTrecRun(write('bad.txt', `q Q0 d 1 0.5 t\n\n${line}\n`)));
    expect(await run('q Q0 e 2 0.4')).toMatchObject({ line: 3, got: '5: q Q0 e 2 0.4' });
    expect(await run('q Q0 my doc 2 0.4 t')).toMatchObject({ line: 3 });
    for (const score of ['x', 'nan', 'Infinity', '0x10', '1e999', '1.2.3'])
      expect(await run(`q Q0 e 2 ${score} t`)).toMatchObject({ line: 3, field: 'score' });
    expect(await run('q Q0 d 2 0.4 t')).toMatchObject({ line: 3, got: 'q and d again' });
    const qrels = (line: string) => failure(readTrecQrels(write('bad.txt', `\uFEFFq 0 d 1\r\n${line}`)));
    expect(await qrels('q 0 e')).toMatchObject({ line: 2, got: '3: q 0 e' });
    expect(await qrels('query-id\tcorpus-id\tscore')).toMatchObject({ line: 2 });
    expect(await qrels('q 0 e 1.5')).toMatchObject({ line: 2, field: 'grade' });
    expect(await qrels('q 0 d 2')).toMatchObject({ line: 2, got: 'q and d again' });
    expect(await failure(readTrecRun(join(folder, 'none.txt')))).toMatchObject({
      expected: 'a readable file',
    });
    expect(await failure(readTrecQrels(folder))).toMatchObject({ got: 'a folder' });
  });
});
