import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualSeed } from '@ragwright/torch';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError } from '../../../base/errors.ts';
import type { RunEvent } from '../../../base/progress.ts';
import { Dense } from '../../../models/embedding/index.ts';
import { loadMultiVectorModel, MultiVectorModel } from '../../../models/multivector/index.ts';
import { loadSparseModel, SparseEmbeddingModel } from '../../../models/sparse/index.ts';
import { tinyEmbedder, topicsCorpus } from '../topics.fixture.ts';
import { tuneMultiVector, tuneSparseEmbedder } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-recipe-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const { pairs, dev } = topicsCorpus();
const settings = { learningRate: 5e-3, batchSize: 20, epochs: 8, checkpointEvery: 0 };

function sparseModel(): SparseEmbeddingModel {
  const { encoder, tokenizer } = tinyEmbedder(1, 0);
  manualSeed(2);
  return new SparseEmbeddingModel({
    encoder,
    tokenizer,
    settings: {
      pooling: 'max',
      activation: 'relu',
      maxSeqLength: 16,
      prompts: {},
      defaultPromptName: null,
      lowercase: false,
    },
  });
}

function multiVectorModel(): MultiVectorModel {
  const { encoder, tokenizer } = tinyEmbedder(1, 0);
  manualSeed(2);
  const shape = { inFeatures: 32, outFeatures: 16, bias: false, activation: 'linear' } as const;
  return new MultiVectorModel({
    encoder,
    tokenizer,
    dense: [new Dense(shape)],
    settings: {
      queryLength: 16,
      documentLength: 16,
      queryExpansion: { length: 10, strategy: 'fixed', attend: false, token: null },
      skiplist: ['the1'],
      skiplistRoles: ['document'],
      prompts: {},
      defaultPromptName: null,
      similarity: 'maxsim',
      lowercase: false,
    },
  });
}

async function finish<T>(
  recipe: AsyncGenerator<RunEvent, T, undefined>,
  onEvent?: (event: RunEvent) => void,
): Promise<{ result: T; ndcg: number[]; losses: number[] }> {
  const ndcg: number[] = [];
  const losses: number[] = [];
  for (;;) {
    const next = await recipe.next();
    if (next.done) return { result: next.value, ndcg, losses };
    if (next.value.type === 'evaluation') ndcg.push(next.value.metrics['ndcg@10'] as number);
    if (next.value.type === 'step') losses.push(next.value.loss);
    onEvent?.(next.value);
  }
}

/** Mean number of weights of a document, and FLOPS of all: Σ_j (mean_i x_ij)². */
async function sizeOf(
  model: SparseEmbeddingModel,
): Promise<{ readonly active: number; readonly flops: number }> {
  const vectors = await model.encode([...dev.corpus.values()]);
  const means = new Float64Array(model.vocabSize);
  let active = 0;
  for (const { indices, values } of vectors) {
    active += indices.length / vectors.length;
    for (const [k, term] of indices.entries())
      means[term] = (means[term] as number) + (values[k] as number) / vectors.length;
  }
  return { active, flops: means.reduce((sum, x) => sum + x * x, 0) };
}

describe('tuneSparseEmbedder', () => {
  // Questions and documents share no word: what links them must be learnt from 120 pairs.
  test('finds what it did not find; with the regulariser better, and with fewer and smaller weights', async () => {
    const [plain, sparse] = [sparseModel(), sparseModel()];
    const objective = { name: 'MultipleNegativesRanking', scale: 3 } as const;
    const long = { ...settings, learningRate: 3e-3, epochs: 20, evaluateEvery: 24, objective };
    const run = (name: string) => ({ pairs, dev, runFolder: join(folder, name) });
    const none = { documentWeight: 0, queryWeight: 0 };
    const first = await finish(
      tuneSparseEmbedder({ ...run('plain'), model: plain, settings: { ...long, regularizer: none } }),
    );
    const regularizer = { documentWeight: 0.05, queryWeight: 0.05 };
    const second = await finish(
      tuneSparseEmbedder({ ...run('sparse'), model: sparse, settings: { ...long, regularizer } }),
    );
    expect(first.ndcg[0]).toBeLessThan(0.25);
    expect(Math.max(...first.ndcg)).toBeGreaterThan(0.3);
    expect(Math.max(...second.ndcg)).toBeGreaterThan(0.45);
    const [before, after] = [await sizeOf(plain), await sizeOf(sparse)];
    expect(after.active).toBeLessThan(before.active * 0.9);
    expect(after.flops).toBeLessThan(before.flops / 2);
    using loaded = await loadSparseModel(second.result.folder as string);
    const [text = ''] = dev.queries.values();
    expect(await loaded.encode([text])).toEqual(await sparse.encode([text]));
    plain.dispose();
    sparse.dispose();
  });

  test('stopped in the warm-up and resumed it ends with the same weights', async () => {
    const short = { ...settings, epochs: 2, regularizer: { documentWeight: 0.1 } };
    const whole = sparseModel();
    await finish(
      tuneSparseEmbedder({ model: whole, pairs, settings: short, runFolder: join(folder, 'whole') }),
    );
    const runFolder = join(folder, 'cut');
    const controller = new AbortController();
    const stopped = sparseModel();
    const { result } = await finish(
      tuneSparseEmbedder({ model: stopped, pairs, settings: short, runFolder, signal: controller.signal }),
      (event) => {
        if (event.type === 'step' && event.step === 2) controller.abort();
      },
    );
    expect(result.outcome.finished).toBe('interrupted');
    const resumed = sparseModel();
    await finish(tuneSparseEmbedder({ model: resumed, pairs, settings: short, runFolder, resume: true }));
    expect(resumed.fingerprint()).toBe(whole.fingerprint());
    expect(stopped.fingerprint()).not.toBe(whole.fingerprint());
    const atOnce = sparseModel();
    const full = { ...short, regularizer: { documentWeight: 0.1, warmup: { ratio: 0 } } };
    await finish(
      tuneSparseEmbedder({ model: atOnce, pairs, settings: full, runFolder: join(folder, 'full') }),
    );
    expect(atOnce.fingerprint()).not.toBe(whole.fingerprint()); // the loss knows how far the run is
    for (const model of [whole, stopped, resumed, atOnce]) model.dispose();
  });

  test('bad settings and empty texts are listed', async () => {
    using model = sparseModel();
    const run = (more: object) => finish(tuneSparseEmbedder({ model, pairs, runFolder: folder, ...more }));
    const bad = {
      epochs: 0,
      regularizer: { documentWeight: -1 },
      objective: { name: 'MarginMSE', similarity: 'x' },
    };
    const error = await run({ settings: bad }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ field }) => field).sort()).toEqual([
      'epochs',
      'objective.similarity',
      'regularizer.documentWeight',
    ]);
    await expect(run({ settings: { objective: 'Triplet' } })).rejects.toThrow(/objective/);
    await expect(run({ pairs: [{ query: ' ', positive: 'x' }] })).rejects.toThrow(/pairs\[0\]\.query/);
    await expect(run({ settings: { objective: 'MarginMSE' } })).rejects.toThrow(/scores/);
  });
});

describe('tuneMultiVector', () => {
  test('finds what it did not find, in pieces too, and saves it', async () => {
    const model = multiVectorModel();
    const run = { pairs, dev, runFolder: folder };
    const objective = { name: 'MultiVectorNegativesRanking', scale: 20, similarity: 'meanmaxsim' } as const;
    const { ndcg, losses, result } = await finish(
      tuneMultiVector({
        ...run,
        model,
        settings: { ...settings, learningRate: 1e-2, epochs: 12, objective, tokensInMemory: 300 },
      }),
    );
    expect(ndcg[0]).toBeLessThan(0.25);
    expect(Math.max(...ndcg)).toBeGreaterThan(0.35);
    expect(losses.at(-1)).toBeLessThan((losses[0] as number) / 2);
    using loaded = await loadMultiVectorModel(result.folder as string);
    const [text = ''] = dev.queries.values();
    expect(await loaded.encode([text], { role: 'query' })).toEqual(
      await model.encode([text], { role: 'query' }),
    );
    model.dispose();
  });

  test('bad settings are errors', async () => {
    using model = multiVectorModel();
    const bad = { batchSize: 0, objective: { name: 'MultiVectorNegativesRanking', scale: -1 } };
    const error = await finish(tuneMultiVector({ model, pairs, settings: bad, runFolder: folder })).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as ConfigError).problems.map(({ field }) => field).sort()).toEqual([
      'batchSize',
      'objective.scale',
    ]);
  });
});
