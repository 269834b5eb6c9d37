import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../base/errors.ts';
import { organs, writeBeirFolder } from './beirFolder.fixture.ts';
import { findBeirFolders, meanOverSets, openBeir, SummaryError } from './index.ts';

let root = '';
const at = (...path: string[]) => join(root, ...path);
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ragwright-beir-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

describe('openBeir', () => {
  it('reads queries and judgements at once, and documents at every call', async () => {
    const data = await openBeir(writeBeirFolder(at('organs'), organs));
    expect(data).toMatchObject({ name: 'organs', split: 'test' });
    expect(data.queries.size).toBe(4);
    expect(Object.fromEntries(data.judgements.get('q1') ?? [])).toEqual({ d1: 2, d3: 1, d2: 0 });
    for (let i = 0; i < 2; i++) {
      const ids: string[] = [];
      for await (const { id } of data.documents()) ids.push(id);
      expect(ids).toEqual(['d1', 'd2', 'd3', 'd4', 'd5']);
    }
  });

  it('takes any split by name, and validation.tsv for dev', async () => {
    const folder = writeBeirFolder(at('x'), {
      ...organs,
      qrels: { validation: [['q2', 'd2', 1]], odd: [['q1', 'd1', 1]] },
    });
    expect([...(await openBeir(folder, { split: 'dev' })).judgements.keys()]).toEqual(['q2']);
    expect([...(await openBeir(folder, { split: 'odd' })).judgements.keys()]).toEqual(['q1']);
    await expect(openBeir(folder)).rejects.toThrow(
      /qrels: expected test\.tsv, got odd\.tsv, validation\.tsv/,
    );
  });

  it('keeps judgements of documents that are not in the corpus', async () => {
    const folder = writeBeirFolder(at('x'), { ...organs, qrels: { test: [['q1', 'gone', 1]] } });
    expect((await openBeir(folder)).judgements.get('q1')?.get('gone')).toBe(1);
  });

  it('names all that a folder lacks', async () => {
    await expect(openBeir(at('nowhere'))).rejects.toThrow(DataError);
    await expect(openBeir(at('nowhere'))).rejects.toThrow(/nowhere: expected a BEIR folder.*got nothing/);
    mkdirSync(at('empty'));
    await expect(openBeir(at('empty'))).rejects.toThrow('none with corpus.jsonl, queries.jsonl, qrels');
    writeFileSync(at('file'), '');
    await expect(openBeir(at('file'))).rejects.toThrow('got a file');
    const unjudged = writeBeirFolder(at('unjudged'), { ...organs, qrels: { test: [] } });
    await expect(openBeir(unjudged)).rejects.toThrow(/test\.tsv: expected at least one judgement, got none/);
  });
});

describe('findBeirFolders', () => {
  it('takes a folder for itself, and one without corpus for the sets in it, by name', async () => {
    for (const name of ['b', 'a']) writeBeirFolder(at('many', name), organs);
    mkdirSync(at('many', 'notes'));
    writeFileSync(at('many', 'README.md'), '');
    const alone = writeBeirFolder(at('alone'), organs);
    expect(await findBeirFolders([alone, at('many')])).toEqual([
      { name: 'alone', folder: alone },
      { name: 'a', folder: at('many', 'a') },
      { name: 'b', folder: at('many', 'b') },
    ]);
  });

  it('measures nothing twice, and tells namesakes apart', async () => {
    for (const path of ['x/set', 'y/set']) writeBeirFolder(at(...path.split('/')), organs);
    const found = await findBeirFolders([at('x'), at('x', 'set'), at('y'), `${at('y', 'set')}/`]);
    expect(found.map(({ name }) => name)).toEqual([join('x', 'set'), join('y', 'set')]);
  });

  it('finds sets in folders of sets, and keeps what was half downloaded', async () => {
    for (const path of ['cqa/android', 'cqa/english', 'organs'])
      writeBeirFolder(at('beir', ...path.split('/')), organs);
    rmSync(join(writeBeirFolder(at('beir', 'broken'), organs), 'corpus.jsonl'));
    const found = await findBeirFolders([at('beir')]);
    expect(found.map(({ name }) => name)).toEqual(['broken', 'android', 'english', 'organs']);
  });

  it('names namesakes of namesakes by more of their parents', async () => {
    for (const path of ['v1/beir/set', 'v2/beir/set']) writeBeirFolder(at(...path.split('/')), organs);
    const found = await findBeirFolders([at('v1', 'beir', 'set'), at('v2', 'beir', 'set')]);
    expect(found.map(({ name }) => name)).toEqual([join('v1', 'beir', 'set'), join('v2', 'beir', 'set')]);
  });

  it('keeps a folder that is no data set, for its reader to say why; one that is not there is an error', async () => {
    mkdirSync(at('odd'));
    expect(await findBeirFolders([at('odd')])).toEqual([{ name: 'odd', folder: at('odd') }]);
    await expect(findBeirFolders([at('nowhere')])).rejects.toThrow(/nowhere: expected a BEIR folder, or/);
  });
});

describe('meanOverSets', () => {
  it('counts every set alike, and a 0 as 0', () => {
    expect(
      meanOverSets([
        { a: 0.5, b: 1 },
        { a: 0, b: 0.25 },
      ]),
    ).toEqual({ a: 0.25, b: 0.625 });
    expect(meanOverSets([{ a: 0.5 }])).toEqual({ a: 0.5 });
    expect(meanOverSets([])).toEqual({});
  });

  it('does not pass over a metric that a set lacks', () => {
    expect(() => meanOverSets([{ a: 1, b: 1 }, { a: 1 }])).toThrow(SummaryError);
  });
});
