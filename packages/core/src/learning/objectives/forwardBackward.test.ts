import { manualSeed, OutOfMemoryError, randn, rngState, scope, type Tensor } from '@ragwright/torch';
import type { PackedBatch } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import '@ragwright/torch/vitest';
import { afterEach, expect, test } from 'vitest';
import {
  gradientsOf,
  largestDifference,
  magnitude,
  randomBatch,
  TinyEmbedding,
} from '../batches/towers.fixture.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { cosent } from './cosent.ts';
import { embedColumns } from './embedColumns.ts';
import { ObjectiveError } from './errors.ts';
import { type EmbeddingStep, embeddingForwardBackward } from './forwardBackward.ts';
import { gist } from './gist.ts';
import { marginMse } from './marginMse.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';
import { similarityMatrix } from './similarity.ts';

const models: TinyEmbedding[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

const objective = multipleNegativesRanking();
const batch = randomBatch({ rows: 10 });

function newModel<M extends TinyEmbedding>(make: () => M): M {
  manualSeed(9);
  const model = make();
  models.push(model);
  return model;
}

const tiny = (dropout = 0) => newModel(() => new TinyEmbedding({ dropout }));

function step(model: TinyEmbedding, options: Partial<EmbeddingStep> = {}) {
  model.zeroGrad();
  const result = embeddingForwardBackward({ model, objective, batch, ...options });
  return { ...result, gradients: gradientsOf(model) };
}

test('one pass if all fits, cached if not: the same loss and gradients', () => {
  const model = tiny();
  const whole = step(model);
  expect(whole).toMatchObject({ tokens: batch.tokenCount, miniBatches: 1 });
  expect(step(model, { tokensInMemory: batch.tokenCount }).miniBatches).toBe(1);
  const cut = step(model, { tokensInMemory: 30 });
  expect(cut.miniBatches).toBeGreaterThan(3);
  expect(cut.tokensInMemory).toBe(30);
  expect(Math.abs(cut.loss - whole.loss)).toBeLessThan(1e-6 * whole.loss);
  expect(largestDifference(cut.gradients, whole.gradients)).toBeLessThan(1e-6 * whole.loss);
});

test('one stream for all columns', () => {
  class Counting extends TinyEmbedding {
    readonly seen: number[] = [];
    override forward(packed: PackedBatch, promptTokens?: readonly number[]): Tensor {
      this.seen.push(packed.lengths.length);
      return super.forward(packed, promptTokens);
    }
  }
  const model = newModel(() => new Counting());
  step(model);
  expect(model.seen).toEqual([30]);
  step(model, { tokensInMemory: batch.tokenCount / 2 });
  expect(model.seen.slice(1).reduce((sum, count) => sum + count, 0)).toBe(60); // each text twice
});

test('leading tokens of the prompt reach the model, in one pass and cached', () => {
  const model = tiny();
  const [queries, ...documents] = batch.columns as [
    EmbeddingBatch['columns'][number],
    ...EmbeddingBatch['columns'],
  ];
  const longer = { ...queries, tokens: queries.tokens.map((ids) => Int32Array.from([7, 7, ...ids])) };
  const prompted = {
    ...batch,
    columns: [{ ...longer, promptTokens: 2 }, ...documents],
    tokenCount: batch.tokenCount + 20,
  };
  const without = step(model);
  const whole = step(model, { batch: prompted });
  const cut = step(model, { batch: prompted, tokensInMemory: 30 });
  expect(whole.loss).toBeCloseTo(without.loss, 6); // this model has no attention: what is left out is as if absent
  expect(cut.loss).toBeCloseTo(without.loss, 6);
  expect(largestDifference(cut.gradients, whole.gradients)).toBeLessThan(1e-6 * whole.loss);
  const counted = { ...prompted, columns: [longer, ...documents] };
  expect(Math.abs(step(model, { batch: counted }).loss - without.loss)).toBeGreaterThan(1e-3);
});

test('bfloat16: the forward pass under autocast, the loss in float32', () => {
  const model = tiny();
  const exact = step(model);
  const half = step(model, { precision: 'bfloat16' });
  const cut = step(model, { precision: 'bfloat16', tokensInMemory: 30 });
  expect(half.loss).not.toBe(exact.loss);
  expect(Math.abs(half.loss - exact.loss)).toBeLessThan(0.1);
  expect(Math.abs(half.loss - Math.fround(half.loss))).toBe(0);
  expect(cut.loss).toBeCloseTo(half.loss, 4);
  expect(largestDifference(cut.gradients, half.gradients)).toBeLessThan(0.02 * magnitude(half.gradients));
});

/** Has no memory for more than so many tokens at a time, while recording and while not. */
class Cramped extends TinyEmbedding {
  readonly most: number;
  readonly failures: number[] = [];

  constructor(most: number, dropout = 0) {
    super({ dropout });
    this.most = most;
  }

  override forward(packed: PackedBatch): Tensor {
    if (packed.tokenCount > this.most) {
      this.failures.push(packed.tokenCount);
      randn([3]).dispose(); // whatever was drawn before it failed
      throw new OutOfMemoryError('matmul', 'no room');
    }
    return super.forward(packed);
  }
}

test('out of memory: halves and does the same batch again, to the bit', () => {
  const cramped = newModel(() => new Cramped(40, 0.2));
  manualSeed(5);
  const halved = step(cramped);
  const after = rngState();
  expect(cramped.failures.length).toBeGreaterThan(0);
  expect(halved.tokensInMemory).toBeLessThanOrEqual(batch.tokenCount / 4);

  manualSeed(5);
  const direct = step(cramped, { tokensInMemory: halved.tokensInMemory });
  expect(halved.loss).toBe(direct.loss);
  expect(largestDifference(halved.gradients, direct.gradients)).toBe(0);
  expect(rngState()).toEqual(after);
  const plain = step(tiny());
  const undropped = step(newModel(() => new Cramped(40)));
  expect(largestDifference(undropped.gradients, plain.gradients)).toBeLessThan(1e-6 * plain.loss);
});

test('out of memory in the backward pass leaves no half of the gradients', () => {
  class LateFailure extends TinyEmbedding {
    calls = 0;
    override forward(packed: PackedBatch): Tensor {
      if (++this.calls === 5) throw new OutOfMemoryError('matmul', 'no room');
      return super.forward(packed);
    }
  }
  const model = newModel(() => new LateFailure());
  const tokensInMemory = Math.ceil(batch.tokenCount / 2.5); // three mini-batches: the fifth call is the second pass's second
  const repeated = step(model, { tokensInMemory });
  expect(repeated.tokensInMemory).toBe(Math.floor(tokensInMemory / 2));
  expect(largestDifference(repeated.gradients, step(tiny()).gradients)).toBeLessThan(1e-5);
});

test('out of memory is final where not even the longest fits, or gradients of an earlier pass would be lost', () => {
  expect(() => step(newModel(() => new Cramped(3)))).toThrow(OutOfMemoryError);
  const model = newModel(() => new Cramped(40));
  step(model, { tokensInMemory: 30 });
  const before = gradientsOf(model);
  expect(() => embeddingForwardBackward({ model, objective, batch })).toThrow(OutOfMemoryError);
  expect(largestDifference(before, gradientsOf(model))).toBe(0);
});

test('a guide is called without recording, and its embeddings are freed', () => {
  const model = tiny();
  const teacher = newModel(() => new TinyEmbedding({ size: 4 }));
  const guided = {
    objective: gist({ temperature: 0.1 }),
    guide: (one: EmbeddingBatch) => embedColumns(teacher, one, { tokensInMemory: 30 }),
  };
  const whole = step(model, guided);
  const cut = step(model, { ...guided, tokensInMemory: 30 });
  expect(Math.abs(cut.loss - whole.loss)).toBeLessThan(1e-5);
  expect(scope(() => teacher.parameters().every(({ grad }) => grad === null))).toBe(true);
  expect(() => void step(model, guided)).toLeakNothing();
  expect(() => step(model, { objective: gist() })).toThrow(
    'GIST: guide: expected embeddings of a guide, got none',
  );
});

test('what the objective needs is checked before anything is computed', () => {
  class Untouched extends TinyEmbedding {
    override forward(): Tensor {
      throw new Error('computed');
    }
  }
  const model = newModel(() => new Untouched());
  const run = (options: Partial<EmbeddingStep>) => () => step(model, options);
  expect(run({ objective: cosent() })).toThrow(
    'CoSENT: negatives: expected query, positive and 0 hard negatives in each row, got 1',
  );
  expect(run({ objective: marginMse() })).toThrow('MarginMSE: row 0, scores: expected 2 scores');
  const scored = randomBatch({ rows: 3, scores: (row) => (row === 2 ? [1] : [1, 2]) });
  expect(run({ objective: marginMse(), batch: scored })).toThrow(
    'MarginMSE: row 2, scores: expected 2 scores',
  );
  expect(run({ batch: randomBatch({ rows: 1, columns: 2 }) })).toThrow(
    /at least 2 rows in the batch, got a batch of 1/,
  );
  expect(run({})).toThrow('computed');
});

test('a frozen model is an error, not a step that does nothing', () => {
  const model = tiny();
  for (const parameter of model.parameters()) parameter.requiresGrad_(false);
  expect(() => step(model)).toThrow(ObjectiveError);
  expect(() => step(model, { tokensInMemory: 30 })).toThrow(/trainable parameter/);
});

test('training by it puts positives above the rest, cached as well', () => {
  const hits = (model: TinyEmbedding): number =>
    scope(() => {
      const [queries, positives] = embedColumns(model, batch) as [Tensor, Tensor];
      const best = similarityMatrix(queries, positives, 'cosine').argmax(1).data();
      return Array.from(best, Number).filter((document, row) => document === row).length;
    });
  for (const tokensInMemory of [Number.POSITIVE_INFINITY, 40]) {
    const model = tiny(0.1);
    const optimizer = new AdamW(model.namedParameters(), { lr: 0.02 });
    model.eval();
    const before = hits(model);
    model.train();
    for (let i = 0; i < 60; i++) {
      embeddingForwardBackward({ model, objective, batch, tokensInMemory });
      optimizer.step();
      optimizer.zeroGrad();
    }
    model.eval();
    expect(hits(model)).toBeGreaterThanOrEqual(9);
    expect(before).toBeLessThan(6);
    optimizer.dispose();
  }
});

test('leaks nothing', () => {
  const model = tiny(0.1);
  for (const tokensInMemory of [1000, 30]) {
    const run = () => void step(model, { tokensInMemory });
    run();
    expect(run).toLeakNothing();
  }
});
