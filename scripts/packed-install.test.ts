import { expect, test } from 'vitest';
import { packedInstall } from './packed-install.mjs';

test('the packed packages install without a network and multiply two matrices', () => {
  expect(packedInstall()).toEqual({
    product: [
      [19, 22],
      [43, 50],
    ],
    read: [1.5],
    types: ['function', 'function'],
    models: true,
    alone: [2.5],
  });
}, 120_000);
