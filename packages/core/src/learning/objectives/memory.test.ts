import { manualSeed } from '@ragwright/torch';
import { expect, test } from 'vitest';
import { randomBatch, TinyEmbedding } from '../batches/towers.fixture.ts';
import { embeddingForwardBackward } from './forwardBackward.ts';
import { multipleNegativesRanking } from './multipleNegativesRanking.ts';

/** Highest memory of the process so far, MB. A file of tests has a process of its own. */
const peakMB = (): number => process.resourceUsage().maxRSS / 1024;

test('the peak stays flat when the batch grows, cached; and does not, in one pass', () => {
  manualSeed(1);
  const model = new TinyEmbedding({ hidden: 4096 }); // 32 KB of activations per token
  const objective = multipleNegativesRanking();
  const peakOf = (rows: number, tokensInMemory: number): number => {
    const batch = randomBatch({ rows, columns: 2, longest: 15 });
    const { loss } = embeddingForwardBackward({ model, objective, batch, tokensInMemory });
    expect(loss).toBeGreaterThan(0);
    model.zeroGrad();
    return peakMB();
  };
  peakOf(128, 512);
  const small = peakOf(128, 512);
  const large = peakOf(640, 512); // some 10,000 tokens
  const whole = peakOf(640, Number.POSITIVE_INFINITY);
  // Measured: 20 to 60 (fragments, and what JavaScript holds), and 450.
  expect(large - small).toBeLessThan(120);
  expect(whole - large).toBeGreaterThan(300);
  model.dispose();
});
