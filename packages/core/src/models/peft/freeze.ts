import { ConfigError } from '../../base/errors.ts';
import type { Encoder } from '../types.ts';

export interface FreezeOptions {
  /** The token, position and segment tables and their norm; default false. */
  readonly embeddings?: boolean;
  /** So many blocks from the input on; default 0. Freezing blocks without the embeddings below them saves no time. */
  readonly layers?: number;
}

/**
 * Takes an encoder's lower part out of training: no gradient is computed for it. What is frozen already stays so.
 *
 * @returns how many weight tensors were frozen
 * @throws ConfigError if there are fewer layers
 */
export function freeze(model: Encoder, options: FreezeOptions): number {
  const { embeddings = false, layers = 0 } = options;
  const count = model.layers.length;
  if (!(Number.isSafeInteger(layers) && layers >= 0 && layers <= count)) {
    const expected = `a whole number from 0 to ${count}, the model's layers`;
    throw new ConfigError('freeze', [{ field: 'layers', expected, got: String(layers) }]);
  }
  const parts = [...(embeddings ? model.embeddingParts : []), ...model.layers.slice(0, layers)];
  return parts.reduce((sum, part) => sum + part.freeze(), 0);
}
