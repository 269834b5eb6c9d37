import { manualSeed, OutOfMemoryError, rngState, scope, type Tensor } from '@ragwright/torch';
import type { PackedBatch } from '@ragwright/torch/nn';
import '@ragwright/torch/vitest';
import { afterEach, expect, test } from 'vitest';
import { bytesPerToken, leastBytesPerToken } from './bytesPerToken.ts';
import { embedMiniBatch } from './embedMiniBatch.ts';
import { BatchError } from './errors.ts';
import { findTokensInMemory, type TokensInMemoryOptions } from './findTokensInMemory.ts';
import { TinyEmbedding } from './towers.fixture.ts';

const models: TinyEmbedding[] = [];
afterEach(() => {
  for (const model of models.splice(0)) model.dispose();
});

function newModel<M extends TinyEmbedding>(make: () => M): M {
  manualSeed(9);
  const model = make();
  models.push(model);
  return model;
}

const wide = () => newModel(() => new TinyEmbedding({ hidden: 4096, dropout: 0.1 }));
const sequences = [3, 64, 20, 50].map((length) => new Int32Array(length).fill(length % 50));
const MB = 2 ** 20;
const find = (options: Partial<TokensInMemoryOptions> & Pick<TokensInMemoryOptions, 'model'>) =>
  findTokensInMemory({ sequences, limitBytes: 600 * MB, reserveBytes: 0, safety: 0.5, ...options });

test('measures the bytes per token, and what fits a limit does', () => {
  const model = wide();
  const found = find({ model });
  // Forward keeps the layer's result, the rectified and the dropped one: 3 × 16 KB, and a mask.
  expect(found.measured).toBe(true);
  expect(found.bytesPerToken).toBeGreaterThan(30_000);
  expect(found.bytesPerToken).toBeLessThan(300_000);
  expect(found.budgetBytes).toBe(300 * MB);
  expect(found.tokens).toBe(Math.floor(found.budgetBytes / found.bytesPerToken));
  expect(found.trials.map(({ tokens }) => tokens)).toEqual(
    [...found.trials.map(({ tokens }) => tokens)].sort((a, b) => a - b),
  );

  const before = process.resourceUsage().maxRSS * 1024;
  const text = sequences[1] as Int32Array;
  const many = Array.from({ length: Math.floor(found.tokens / text.length) }, () => text);
  scope(() => embedMiniBatch(model, { sequences: many }).sum().backward());
  expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(600 * MB);
});

test('more memory, more tokens; never more than is of use, nor less than the longest', () => {
  const model = wide();
  const little = find({ model, limitBytes: 100 * MB });
  const much = find({ model, limitBytes: 100_000 * MB });
  expect(much.tokens).toBeGreaterThan(20 * little.tokens);
  expect(find({ model, maxTokens: 777 }).tokens).toBe(777);
  expect(find({ model, limitBytes: 1 }).tokens).toBe(64);
  expect(find({ model, maxTokens: 10 }).tokens).toBe(64);
});

test("keeps room for gradients and the optimizer's state", () => {
  const model = wide();
  const parameters = scope(() => model.parameters().reduce((sum, { numel }) => sum + numel, 0));
  const { budgetBytes } = findTokensInMemory({ model, sequences, limitBytes: 100 * MB, safety: 1 });
  expect(budgetBytes).toBe(100 * MB - 3 * 4 * parameters);
});

test('without a limit, what the machine has free counts', () => {
  const { budgetBytes } = findTokensInMemory({ model: wide(), sequences, reserveBytes: 0 });
  expect(budgetBytes).toBeGreaterThan(0);
  expect(budgetBytes).toBeLessThan(process.constrainedMemory() || Number.POSITIVE_INFINITY);
});

test('changes neither parameters, gradients nor random numbers, and leaks nothing', () => {
  const model = wide();
  const weights = () => scope(() => model.parameters().map((tensor) => Array.from(tensor.data(), Number)));
  const before = weights();
  manualSeed(3);
  const state = rngState();
  const run = () => void find({ model, trialTokens: 256 });
  run();
  expect(run).toLeakNothing();
  expect(rngState()).toEqual(state);
  expect(weights()).toEqual(before);
  expect(scope(() => model.parameters().every(({ grad }) => grad === null))).toBe(true);
});

test('growth that kept memory hides is not believed', () => {
  const trial = (tokens: number, bytes: number) => ({ tokens, bytes });
  const flat = [trial(256, 5e8), trial(512, 5e8 + 4096), trial(1024, 5e8 + 9000)];
  expect(bytesPerToken(flat, 100_000, 256)).toEqual({ bytes: 800_000, measured: false });
  const late = [trial(256, 5e8), trial(512, 5e8), trial(1024, 5e8 + 512 * 300_000)]; // true growth may be more
  expect(bytesPerToken(late, 100_000, 256)).toEqual({ bytes: 800_000, measured: false });
  const clear = [...late, trial(2048, 5e8 + 512 * 300_000 + 1024 * 700_000)];
  expect(bytesPerToken(clear, 100_000, 256)).toEqual({ bytes: 700_000, measured: true });
  expect(bytesPerToken([], 100_000, 64)).toEqual({ bytes: 500_000, measured: false });
});

test('the least that a token takes, from the shapes of the matrices', () => {
  // 50 × 8 words, 4096 × 8 and 8 × 4096: the shorter sides are 8.
  const parameters = wide().parameters();
  expect(leastBytesPerToken(parameters, 'float32')).toBe(1024); // 192, below the noise
  const model = newModel(() => new TinyEmbedding({ size: 64, hidden: 300, vocabulary: 1000 }));
  expect(leastBytesPerToken(model.parameters(), 'float32')).toBe(2 * 3 * 64 * 4);
  expect(leastBytesPerToken(model.parameters(), 'bfloat16')).toBe(1024);
});

test('memory that runs out in a trial bounds the result', () => {
  class Cramped extends TinyEmbedding {
    override forward(batch: PackedBatch): Tensor {
      if (batch.tokenCount > 700) throw new OutOfMemoryError('matmul', 'no room');
      return super.forward(batch);
    }
  }
  const { tokens, trials } = find({
    model: newModel(() => new Cramped()),
    limitBytes: 100_000 * MB,
    safety: 0.7,
  });
  expect(trials.at(-1)?.tokens).toBeLessThanOrEqual(700);
  expect(tokens).toBe(Math.floor((trials.at(-1)?.tokens as number) * 0.7));
});

test('no texts, or gradients of a step, are typed errors', () => {
  const model = wide();
  expect(() => find({ model, sequences: [] })).toThrow(BatchError);
  expect(() => find({ model, sequences: [new Int32Array(0)] })).toThrow('sequences: expected at least one');
  scope(() => embedMiniBatch(model, { sequences }).sum().backward());
  expect(() => find({ model })).toThrow('model: expected no gradients');
});
