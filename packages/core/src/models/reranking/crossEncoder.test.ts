import '@ragwright/torch/vitest';
import { autocast, backward, manualSeed, noGrad, scope, type Tensor, tensor } from '@ragwright/torch';
import { type Linear, pack } from '@ragwright/torch/nn';
import { AdamW } from '@ragwright/torch/optim';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from '../../base/errors.ts';
import { difference } from '../embedding/golden.fixture.ts';
import { newEncoder } from '../loadEncoder.ts';
import { addLora } from '../peft/index.ts';
import { crossEncoderFrom } from './create.ts';
import type { CrossEncoder } from './crossEncoder.ts';
import { cases, goldenCrossEncoder, goldenNames } from './golden.fixture.ts';
import { loadCrossEncoder } from './load.ts';
import type { QueryPassage } from './types.ts';

const { pairs } = cases;

let bert: CrossEncoder;
beforeAll(async () => {
  bert = await loadCrossEncoder(goldenCrossEncoder('bert'));
});
afterAll(() => bert.dispose());

/** All pairs in one batch, unsorted. */
async function batchOf(model: CrossEncoder, some: readonly QueryPassage[] = pairs) {
  const { sequences, segmentIds } = await model.tokenizePairs(some);
  return pack(sequences, segmentIds ? { segmentIds } : {});
}

const rowsOf = (rows: Tensor): Float32Array[] =>
  (rows.toArray() as number[][]).map((row) => Float32Array.from(row));

describe.each(goldenNames)("%s equals sentence-transformers'", (name) => {
  const { tokens, logits, scores } = cases.models[name] as (typeof cases.models)[string];

  test('tokens, logits and scores', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder(name));
    const { sequences, segmentIds } = await model.tokenizePairs(pairs);
    expect(sequences.map((ids) => [...ids])).toEqual(tokens);
    expect(segmentIds !== undefined).toBe(name.startsWith('bert'));
    using batch = await batchOf(model);
    scope(() => noGrad(() => expect(difference(rowsOf(model.forward(batch)), logits)).toBeLessThan(1e-5)));
    expect(difference(await model.predict(pairs), scores)).toBeLessThan(1e-5);
    expect(model.notices).toEqual([]);
    expect(model.settings).toEqual({
      maxSeqLength: 32,
      labels: scores[0]?.length,
      activation: scores[0]?.length === 1 ? 'sigmoid' : 'identity',
    });
  });

  test('a pair alone, and passes of any size', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder(name));
    for (const batchTokens of [1, 40, 70]) {
      expect(difference(await model.predict(pairs, { batchTokens }), scores)).toBeLessThan(1e-5);
    }
    for (const [i, pair] of pairs.entries()) {
      expect(difference(await model.predict([pair]), [scores[i] as number[]])).toBeLessThan(1e-5);
    }
  });

  test('dropout is active in training, and predict leaves the mode as it was', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder(name));
    model.head.train(); // the encoder stays as it is: ModernBERT has none, the others would hide the head's
    using batch = await batchOf(model);
    const run = (seed: number): Float32Array[] => {
      manualSeed(seed);
      return scope(() => rowsOf(model.forward(batch)));
    };
    if (name.startsWith('modernbert'))
      expect(difference(run(1), logits)).toBeLessThan(1e-5); // classifier_dropout 0
    else expect(difference(run(1), logits)).toBeGreaterThan(1e-3);
    expect(run(1)).toEqual(run(1));
    expect(difference(await model.predict(pairs), scores)).toBeLessThan(1e-5);
    expect(model.head.training).toBe(true);
    expect(model.encoder.training).toBe(false);
  });

  test('training moves head and encoder, and lowers the loss', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder(name));
    using optimizer = new AdamW(model.namedParameters(), { lr: 1e-2 });
    const some = pairs.slice(0, -1); // the last one is the first once more
    using batch = await batchOf(model, some);
    const { labels } = model.settings;
    const wanted = some.map((_, i) => Array.from({ length: labels }, (__, j) => ((i >> 1) + j) % 2));
    const before = new Map([...model.stateDict()].map(([key, value]) => [key, value.toArray()]));
    const losses = Array.from({ length: 6 }, () => {
      const loss = scope(() => {
        const value = bce(model.forward(batch), wanted);
        backward(value);
        return Number(value.item());
      });
      optimizer.step();
      optimizer.zeroGrad();
      return loss;
    });
    expect(losses[5]).toBeLessThan(0.9 * (losses[0] as number));
    for (const [key, value] of model.stateDict()) {
      // a table of one segment is never looked up, and keys' biases have no effect on attention
      if (/token_type_embeddings|key\.bias|k_lin\.bias|attn\.k\.bias/.test(key)) continue;
      expect(value.toArray(), key).not.toEqual(before.get(key));
    }
  });
});

/** Mean of −y·log σ(x) − (1 − y)·log(1 − σ(x)). */
const bce = (logits: Tensor, wanted: readonly (readonly number[])[]): Tensor => {
  const y = tensor(wanted as number[][], { dtype: 'float32' });
  return logits.clampMin(0).sub(logits.mul(y)).add(logits.abs().neg().exp().log1p()).mean();
};

describe('predict and score', () => {
  const { scores } = cases.models['bert'] as (typeof cases.models)[string];

  test('equal pairs are computed once, and their rows are not shared', async () => {
    const seen: number[] = [];
    const { tokenizer } = bert;
    const counting = Object.assign(Object.create(tokenizer), {
      encodePair: (...given: Parameters<typeof tokenizer.encodePair>) => {
        seen.push(1);
        return tokenizer.encodePair(...given);
      },
    });
    const model = Object.assign(Object.create(bert), { tokenizer: counting }) as CrossEncoder;
    const rows = await model.predict(pairs);
    expect(seen.length).toBe(pairs.length - 1); // the last pair is the first once more
    expect(rows.at(-1)).toEqual(rows[0]);
    expect(rows.at(-1)).not.toBe(rows[0]);
  });

  test('pairs that are equal only when put together are different', async () => {
    const rows = await bert.predict([
      ['hyper', 'tension'],
      ['hypert', 'ension'],
    ]);
    expect(rows[0]).not.toEqual(rows[1]);
  });

  test('score is one number per pair', async () => {
    const got = await bert.score(pairs);
    expect(got).toBeInstanceOf(Float32Array);
    expect(difference([got], [scores.flat()])).toBeLessThan(1e-5);
    expect(await bert.score([])).toEqual(new Float32Array());
    using several = await loadCrossEncoder(goldenCrossEncoder('bert-labels'));
    await expect(several.score(pairs)).rejects.toThrow(ConfigError);
    await expect(several.score(pairs)).rejects.toThrow(/settings.labels: expected 1.*predict.*got 3/);
    expect(() => several.reranker()).toThrow(/settings.labels/);
  });

  test('bfloat16 comes close, as autocast and as weights', async () => {
    const rows = await bert.predict(pairs, { precision: 'bfloat16' });
    expect(difference(rows, scores)).toBeLessThan(0.03);
    expect(difference(rows, scores)).toBeGreaterThan(0);
    for (const name of ['bert', 'modernbert-mean']) {
      using half = await loadCrossEncoder(goldenCrossEncoder(name), { dtype: 'bfloat16' });
      using batch = await batchOf(half);
      const want = cases.models[name]?.logits as number[][];
      scope(() => {
        expect(half.forward(batch).dtype).toBe('float32');
        expect(difference(rowsOf(half.forward(batch)), want)).toBeLessThan(0.2);
      });
    }
  });

  test('logits under autocast are float32', async () => {
    using batch = await batchOf(bert);
    scope(() => {
      expect(autocast({ device: 'cpu', dtype: 'bfloat16' }, () => bert.forward(batch)).dtype).toBe('float32');
    });
  });

  test('progress, and an abort', async () => {
    const steps: [number, number][] = [];
    await bert.predict(pairs, {
      batchTokens: 64,
      onProgress: (done, total) => void steps.push([done, total]),
    });
    expect(steps.at(-1)).toEqual([8, 8]);
    expect(steps.length).toBeGreaterThan(1);
    const controller = new AbortController();
    const running = bert.predict(pairs, {
      batchTokens: 1,
      signal: controller.signal,
      onProgress: () => controller.abort(new Error('enough')),
    });
    await expect(running).rejects.toThrow('enough');
    await expect(bert.predict(pairs, { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no');
  });

  test('nothing is left behind', async () => {
    using batch = await batchOf(bert);
    expect(() => scope(() => void bert.forward(batch))).toLeakNothing();
    const step = () =>
      scope(() => {
        backward(bert.forward(batch).sum());
        bert.zeroGrad();
      });
    expect(step).toLeakNothing();
    await expect(() => bert.predict(pairs)).toLeakNothing();
    await expect(() => bert.score(pairs, { precision: 'bfloat16', batchTokens: 40 })).toLeakNothing();
  });
});

describe('a new head', () => {
  const config = { model_type: 'bert', vocab_size: 603, hidden_size: 64, num_hidden_layers: 1 };
  const shape = { ...config, num_attention_heads: 2, intermediate_size: 32, max_position_embeddings: 40 };
  const std = (weight: Tensor): number => scope(() => Number(weight.std().item()));

  test("takes a BERT's pooler, and is drawn from the seed as transformers does", () => {
    const encoder = newEncoder({ ...shape, initializer_range: 0.1 });
    const pooler = (encoder as unknown as { pooler: { dense: Linear } }).pooler.dense.weight.toArray();
    manualSeed(1);
    using model = crossEncoderFrom(encoder, bert.tokenizer, { labels: 40 });
    const weights = model.stateDict();
    expect(weights.get('head.pooler.dense.weight')?.toArray()).toEqual(pooler);
    expect([...weights.keys()].some((name) => name.startsWith('encoder.pooler'))).toBe(false);
    expect(std(weights.get('head.classifier.weight') as Tensor)).toBeCloseTo(0.1, 2);
    expect(scope(() => weights.get('head.classifier.bias')?.abs().max().item())).toBe(0);
    expect(model.settings).toEqual({ maxSeqLength: 32, labels: 40, activation: 'identity' });
    expect(model.training).toBe(true);
    const other = newEncoder({ ...shape, initializer_range: 0.1 });
    manualSeed(1);
    using again = crossEncoderFrom(other, bert.tokenizer, { labels: 40, activation: 'sigmoid' });
    const drawn = (from: CrossEncoder) => from.stateDict().get('head.classifier.weight')?.toArray();
    expect(drawn(again)).toEqual(drawn(model));
    expect(again.settings.activation).toBe('sigmoid');
  });

  test('of a ModernBERT is smaller where transformers makes it so', () => {
    const modern = {
      ...shape,
      model_type: 'modernbert',
      num_hidden_layers: 2,
      initializer_range: 0.2,
      pad_token_id: 0,
    };
    using model = crossEncoderFrom(newEncoder(modern), bert.tokenizer, { labels: 64 });
    const weights = model.stateDict();
    // A normal distribution cut at 2 σ has a standard deviation of 0.88 σ.
    expect(std(weights.get('head.head.dense.weight') as Tensor)).toBeCloseTo((0.88 * 0.2) / 2, 2);
    expect(std(weights.get('head.classifier.weight') as Tensor)).toBeCloseTo(0.88 / 8, 2);
  });

  test('options that are wrong leave the encoder whole', () => {
    using encoder = newEncoder(shape);
    expect(() => crossEncoderFrom(encoder, bert.tokenizer, { labels: 0, maxSeqLength: 1.5 })).toThrow(
      /maxSeqLength[\s\S]*labels|labels[\s\S]*maxSeqLength/,
    );
    expect(() => crossEncoderFrom(encoder, bert.tokenizer, { activation: 'tanh' as never })).toThrow(
      ConfigError,
    );
    expect(encoder.namedParameters().some(([name]) => name.startsWith('pooler.'))).toBe(true);
    using odd = newEncoder({ ...shape, classifier_dropout: 2 });
    expect(() => crossEncoderFrom(odd, bert.tokenizer)).toThrow(/classifier_dropout/);
    expect(odd.namedParameters().some(([name]) => name.startsWith('pooler.'))).toBe(true);
  });

  test('LoRA on the encoder trains the adapters and the head', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder('bert'));
    const plain = await model.predict(pairs);
    const lora = addLora(model.encoder, { rank: 2 });
    expect(
      difference(
        await model.predict(pairs),
        plain.map((row) => [...row]),
      ),
    ).toBeLessThan(1e-6);
    const trained = model.namedParameters().filter(([, { requiresGrad }]) => requiresGrad);
    expect(trained.every(([name]) => /lora_[AB]|^head\./.test(name))).toBe(true);
    expect(trained.some(([name]) => name === 'head.pooler.dense.weight')).toBe(true);
    using batch = await batchOf(model);
    scope(() => backward(model.forward(batch).sum()));
    expect(trained.every(([, tensor]) => tensor.grad !== undefined)).toBe(true);
    await expect(model.save('/nowhere')).rejects.toThrow(/adapters/);
    lora.mergeAndUnload();
    expect(
      difference(
        await model.predict(pairs),
        plain.map((row) => [...row]),
      ),
    ).toBeLessThan(1e-6);
  });
});
