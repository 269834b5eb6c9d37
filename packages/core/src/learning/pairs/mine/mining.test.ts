import '@ragwright/torch/vitest';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { memory } from '@ragwright/torch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import type { Embedder, Retriever } from '../../../knowledge/types.ts';
import type { TrainingPair } from '../types.ts';
import {
  formatMiningSummary,
  type MinedFormat,
  type MiningOptions,
  mineAllHardNegatives,
  mineHardNegatives,
  type Rescore,
} from './index.ts';

interface GoldenOutput {
  readonly columns: readonly string[];
  readonly rows: readonly unknown[][];
  readonly mean: readonly string[];
  readonly std: readonly string[];
}

interface Golden {
  readonly documents: readonly string[];
  readonly pairs: readonly (readonly [string, string])[];
  readonly vectors: Readonly<Record<string, readonly number[]>>;
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly settings: Readonly<Record<string, number | boolean>>;
        readonly alone: boolean;
        readonly cross: boolean;
        readonly outputs: Readonly<Record<string, GoldenOutput>>;
      }
    >
  >;
}

const golden = JSON.parse(
  readFileSync(new URL('../../../../golden/mining/golden.json', import.meta.url), 'utf8'),
) as Golden;

const goldenPairs = golden.pairs.map(([query, positive]) => ({ query, positive }));
const goldenCorpus = new Map(golden.documents.map((text) => [`id of ${text}`, text]));

/** Looks vectors up in a table, and counts. */
function tableEmbedder(table: Readonly<Record<string, readonly number[]>>): Embedder & { count: number } {
  const embed = async (texts: readonly string[]) => {
    embedder.count += texts.length;
    return texts.map((text) => Float32Array.from(table[text] as number[]));
  };
  const dimensions = Object.values(table)[0]?.length ?? 0;
  const embedder = { dimensions, fingerprint: 'table', embedQueries: embed, embedDocuments: embed, count: 0 };
  return embedder;
}

/** The same formula stands in golden-mining.py. */
const rescore: Rescore = async (pairs) =>
  pairs.map(([query, document]) => crc32(`${query}|${document}`) / 2 ** 32);

const camelCase: Readonly<Record<string, keyof MiningOptions>> = {
  range_min: 'rangeMin',
  range_max: 'rangeMax',
  max_score: 'maxScore',
  min_score: 'minScore',
  absolute_margin: 'absoluteMargin',
  relative_margin: 'relativeMargin',
  num_negatives: 'negatives',
  include_positives: 'includePositives',
};

/** Our row with sentence-transformers' columns, in its order. */
function toColumns(
  { query, positive, negatives = [], scores = [] }: TrainingPair,
  output: string,
): unknown[] {
  const [format] = output.split(' ') as [MinedFormat];
  const withScores = output.endsWith('with scores');
  if (format === 'labeled-pair') return [query, positive, scores[0]];
  if (format === 'labeled-list') return [query, [positive, ...negatives], scores];
  return [query, positive, ...negatives, ...(withScores ? [scores] : [])];
}

const close = (value: unknown): unknown =>
  typeof value === 'number' ? expect.closeTo(value, 5) : Array.isArray(value) ? value.map(close) : value;

const goldenOutputs = Object.entries(golden.cases).flatMap(([name, { outputs }]) =>
  Object.keys(outputs).map((output) => [name, output] as const),
);

describe('mineHardNegatives', () => {
  it.each(goldenOutputs)('equals sentence-transformers: %s, %s', async (name, output) => {
    const { settings, alone, cross, outputs } = golden.cases[name] as Golden['cases'][string];
    const { rows, mean, std } = outputs[output] as GoldenOutput;
    const knobs = Object.fromEntries(Object.entries(settings).map(([key, value]) => [camelCase[key], value]));
    const embedder = tableEmbedder(golden.vectors);
    const { pairs, summary } = await mineAllHardNegatives({
      pairs: goldenPairs,
      source: alone ? { embedder } : { embedder, corpus: goldenCorpus },
      format: output.split(' ')[0] as MinedFormat,
      outputScores: output.endsWith('with scores'),
      ...(cross ? { rescore } : {}),
      ...knobs,
    });
    expect(pairs.map((pair) => toColumns(pair, output))).toEqual(rows.map(close));
    const columns = [summary.positives, summary.negatives, summary.differences];
    columns.forEach(({ count, mean: ours, deviation }, i) => {
      expect(count === 0).toBe(mean[i] === 'nan');
      if (count === 0) return;
      expect(ours).toBeCloseTo(Number(mean[i]), 3);
      expect(deviation).toBeCloseTo(Number(std[i]), 3);
    });
    expect(summary.rows).toBe(pairs.length);
  });

  it('samples among those that qualify, the same for the same seed', async () => {
    const task = (seed: number, sampling: 'top' | 'random', negatives: number) =>
      mineAllHardNegatives({
        pairs: goldenPairs,
        source: { embedder: tableEmbedder(golden.vectors), corpus: goldenCorpus },
        sampling,
        seed,
        negatives,
        rangeMax: 10,
        relativeMargin: 0.05,
        format: 'labeled-list',
        outputScores: true,
      });
    const all = new Map(
      (await task(0, 'top', 10)).pairs.map(({ query, negatives }) => [query, negatives ?? []]),
    );
    const { pairs } = await task(1, 'random', 3);
    expect(pairs.length).toBeGreaterThan(10);
    for (const { query, negatives = [], scores = [] } of pairs) {
      expect(negatives.length).toBe(Math.min(3, all.get(query)?.length ?? 0));
      expect(new Set(negatives).size).toBe(negatives.length);
      for (const negative of negatives) expect(all.get(query)).toContain(negative);
      expect(scores.slice(1)).toEqual(scores.slice(1).sort((a, b) => b - a));
    }
    expect((await task(1, 'random', 3)).pairs).toEqual(pairs);
    expect((await task(2, 'random', 3)).pairs).not.toEqual(pairs);
  });

  it('masks every known positive, by text and by id, also of other splits and lower grades', async () => {
    const table = { q: [1, 0], p: [1, 0.1], twin: [1, 0.11], known: [1, 0.2], a: [1, 0.9], b: [0, 1] };
    const corpus = new Map(Object.entries({ p1: 'p', p2: 'twin', p3: 'known', p4: 'p', a1: 'a', b1: 'b' }));
    const pairs = [
      { query: 'q', positive: 'p', queryId: 'q1', positiveId: 'p1' },
      { query: 'q', positive: 'p', queryId: 'q1', positiveId: 'p2' }, // p2 is another text in the corpus
    ];
    const knownPositives = new Map([['q1', new Map(Object.entries({ p3: 1, b1: 0 }))]]);
    const source = { embedder: tableEmbedder(table), corpus };
    const mined = await mineAllHardNegatives({ pairs, knownPositives, source, negatives: 2 });
    expect(mined.pairs).toEqual([
      {
        query: 'q',
        positive: 'p',
        negatives: ['a', 'b'],
        queryId: 'q1',
        positiveId: 'p1',
        negativeIds: ['a1', 'b1'],
      },
    ]);
    expect(mined.summary).toMatchObject({ queries: 1, pairs: 1, masked: 3, candidates: 2, missing: 0 });
  });

  it('mines among the chunks of a retriever', async () => {
    const retriever: Retriever = {
      retrieve: async (queries, { k }) => {
        expect(k).toBe(33);
        const chunk = (id: string, documentId: string, score: number) => ({
          chunk: {
            id,
            documentId,
            index: 0,
            text: `text ${id}`,
            start: 0,
            end: 1,
            headingPath: ['Heart'],
            source: '',
            metadata: {},
          },
          score,
        });
        return queries.map((query) =>
          query === 'lost'
            ? [chunk('c5', 'd5', 0.4)]
            : [
                chunk('c1', 'd1', 0.9),
                chunk('c2', 'd2', 0.8),
                chunk('c3', 'd2', 0.6),
                chunk('c4', 'd4', 0.79),
              ],
        );
      },
    };
    const pairs = [
      { query: 'found', positive: 'anything', positiveId: 'd2' },
      { query: 'lost', positive: 'not in the store', positiveId: 'd9' },
    ];
    const { pairs: mined, summary } = await mineAllHardNegatives({
      pairs,
      source: { retriever },
      format: 'triplet',
      outputScores: true,
      absoluteMargin: 0,
    });
    expect(mined).toEqual([
      {
        query: 'found',
        positive: 'anything',
        positiveId: 'd2',
        negatives: ['Heart\ntext c4'],
        negativeIds: ['c4'],
        scores: [0.8, 0.79],
      },
      {
        query: 'lost',
        positive: 'not in the store',
        positiveId: 'd9',
        negatives: ['Heart\ntext c5'],
        negativeIds: ['c5'],
        scores: [0.4, 0.4],
      },
    ]);
    expect(summary).toMatchObject({ positivesNotFound: 1, masked: 2 });
    expect(summary.skipped).toEqual({ absoluteMargin: 1, relativeMargin: 0, maxScore: 0, minScore: 0 });
  });

  it('rescores only where a margin or a bound asks for it', async () => {
    let asked = 0;
    const counting: Rescore = async (pairs) => {
      asked += pairs.length;
      return pairs.map(() => 0.5);
    };
    const source = { embedder: tableEmbedder(golden.vectors), corpus: goldenCorpus };
    await mineAllHardNegatives({ pairs: goldenPairs, source, rescore: counting, minScore: 0.1 });
    expect(asked).toBe(0);
    await mineAllHardNegatives({ pairs: goldenPairs, source, rescore: counting, maxScore: 0.9 });
    expect(asked).toBeGreaterThan(12 * 30);
    const short: Rescore = async () => [1];
    await expect(
      mineAllHardNegatives({ pairs: goldenPairs, source, rescore: short, maxScore: 1 }),
    ).rejects.toThrow(/rescore returned 1 scores for/);
  });

  it('says what it does, batch by batch, and stops when told to', async () => {
    const table: Record<string, number[]> = {};
    const pairs = Array.from({ length: 1100 }, (_, i) => {
      table[`q${i}`] = [Math.sin(i), Math.cos(i)];
      table[`p${i}`] = [Math.sin(i + 0.1), Math.cos(i + 0.1)];
      return { query: `q${i}`, positive: `p${i}` };
    });
    const controller = new AbortController();
    const source = { embedder: tableEmbedder(table) };
    const seen: string[] = [];
    for await (const event of mineHardNegatives({ pairs, source })) {
      seen.push(
        event.type === 'pairs' ? `${event.pairs.length} rows` : `${event.stage} ${event.done}/${event.total}`,
      );
    }
    expect(seen).toEqual([
      'embed 1100/1100',
      '512 rows',
      'mine 512/1100',
      '512 rows',
      'mine 1024/1100',
      '76 rows',
      'mine 1100/1100',
    ]);
    const before = memory().liveTensors;
    const events = mineHardNegatives({ pairs, source, signal: controller.signal });
    await events.next();
    controller.abort(new Error('enough'));
    await expect(events.next()).rejects.toThrow('enough');
    for await (const event of mineHardNegatives({ pairs, source })) if (event.type === 'pairs') break;
    expect(memory().liveTensors).toBe(before);
  });

  it('refuses knobs that make no sense, all at once', async () => {
    const source = { embedder: tableEmbedder(golden.vectors) };
    const mine = (options: object) => mineAllHardNegatives({ pairs: goldenPairs, source, ...options });
    await expect(mine({ negatives: 0, rangeMin: -1, sampling: 'best' })).rejects.toThrow(
      /rangeMin.*\n.*negatives.*\n.*sampling/s,
    );
    await expect(mine({ range_max: 3 })).rejects.toThrow('range_max: expected one of rangeMin, rangeMax');
    await expect(mine({ rangeMin: 5, rangeMax: 7 })).rejects.toThrow(
      'at least rangeMin + negatives = 8, got 7',
    );
    await expect(mine({ pairs: [] })).rejects.toThrow(ConfigError);
  });

  it('prints its statistics', async () => {
    const { summary } = await mineAllHardNegatives({
      pairs: goldenPairs,
      source: { embedder: tableEmbedder(golden.vectors), corpus: goldenCorpus },
      absoluteMargin: 0.1,
    });
    const text = formatMiningSummary(summary);
    expect(text).toMatch(/count +24 +63 +63\n/);
    expect(text).toMatch(/skipped \d+ \(\d+\.\d\d %\) candidates by the absolute margin/);
    expect(text).toContain('not enough negatives for 3 (12.50 %) rows');
  });
});

describe('the embedding cache', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ragwright-mine-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('makes a second run embed nothing, and a changed corpus only what is new', async () => {
    const mine = async (fingerprint: string, corpus: ReadonlyMap<string, string>) => {
      const embedder = { ...tableEmbedder(golden.vectors), fingerprint };
      const counted = tableEmbedder(golden.vectors);
      const source = {
        embedder: { ...embedder, embedQueries: counted.embedQueries, embedDocuments: counted.embedDocuments },
        corpus,
        cacheFolder: folder,
      };
      const { pairs } = await mineAllHardNegatives({ pairs: goldenPairs, source });
      return { pairs, count: counted.count };
    };
    const part = new Map([...goldenCorpus].slice(0, 30));
    const positives = new Set(goldenPairs.map(({ positive }) => positive));
    const texts = new Set([...part.values(), ...positives]);
    const first = await mine('one', part);
    expect(first.count).toBe(texts.size + 12);
    const second = await mine('one', part);
    expect(second).toEqual({ pairs: first.pairs, count: 0 });
    expect((await mine('one', goldenCorpus)).count).toBe(
      new Set([...goldenCorpus.values(), ...texts]).size - texts.size,
    );
    expect((await mine('two', part)).count).toBe(first.count);
  });
});
