import '@ragwright/torch/vitest';
import { noGrad, scope } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import { describe, expect, test } from 'vitest';
import { difference } from '../embedding/golden.fixture.ts';
import type { CrossEncoder } from './crossEncoder.ts';
import { cases, goldenCrossEncoder, goldenNames } from './golden.fixture.ts';
import { loadCrossEncoder } from './load.ts';

const { pairs } = cases;

/** Logits of one batch of all pairs, unsorted. */
async function logitsOf(model: CrossEncoder): Promise<Float32Array[]> {
  const { sequences, segmentIds } = await model.tokenizePairs(pairs);
  return scope(() =>
    noGrad(() => {
      const logits = model.forward(pack(sequences, segmentIds ? { segmentIds } : {}));
      const rows = logits.toArray() as number[][];
      return rows.map((row) => Float32Array.from(row));
    }),
  );
}

describe.each(goldenNames)("%s equals sentence-transformers'", (name) => {
  const { tokens, logits, scores } = cases.models[name] as (typeof cases.models)[string];

  test('tokens, logits and scores', async () => {
    using model = await loadCrossEncoder(goldenCrossEncoder(name));
    const { sequences } = await model.tokenizePairs(pairs);
    expect(sequences.map((ids) => [...ids])).toEqual(tokens);
    expect(difference(await logitsOf(model), logits)).toBeLessThan(1e-5);
    expect(difference(await model.predict(pairs), scores)).toBeLessThan(1e-5);
    expect(model.notices).toEqual([]);
    expect(model.settings.labels).toBe(scores[0]?.length);
  });
});
