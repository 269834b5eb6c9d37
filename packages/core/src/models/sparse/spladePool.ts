import { cat, log1p, max, relu, scope, type Tensor } from '@ragwright/torch';
import type { SpladeActivation, SpladePooling } from './types.ts';

/** Tokens whose logits exist at a time: more is no faster. One sequence that is longer goes alone. */
const tokensAtATime = 256;

/**
 * SPLADE's weights of terms (Formal et al., arXiv 2107.05720, 2109.10086): over the tokens i of a text,
 *
 *     w_j = max_i log(1 + relu(logit_ij)),   or the sum over i
 *
 * Logits are computed for a few hundred tokens at a time, never [T, vocab] of a whole batch. The maximum is taken
 * of the logits (log(1 + relu) does not change their order), and by index, so that recording keeps one index per weight,
 * not the logits; a sum has to keep them.
 *
 * @param x [T, d], what `logits` takes
 * @param lengths tokens of each sequence; their sum is T
 * @returns [sequences, vocab], float32 or wider
 */
export function spladePool(
  x: Tensor,
  lengths: readonly number[],
  logits: (x: Tensor) => Tensor,
  { pooling, activation }: { readonly pooling: SpladePooling; readonly activation: SpladeActivation },
): Tensor {
  return scope(() => {
    const chunks = chunksOf(lengths);
    const pieces = x.splitWithSizes(chunks.map(total), 0);
    const rows = chunks.map((chunk, i) =>
      scope(() => {
        const sequences = logits(pieces[i] as Tensor).splitWithSizes(chunk, 0);
        const pooled = sequences.map((each) =>
          pooling === 'max' ? max(each, 0, true)[0] : weights(wide(each), activation).sum([0], true),
        );
        return cat(pooled, 0);
      }),
    );
    const all = cat(rows, 0);
    return pooling === 'max' ? weights(wide(all), activation) : all;
  });
}

function weights(logits: Tensor, activation: SpladeActivation): Tensor {
  const once = log1p(relu(logits));
  return activation === 'relu' ? once : log1p(once);
}

/** Half precision (autocast's) becomes float32. */
const wide = (x: Tensor): Tensor => (x.dtype === 'bfloat16' || x.dtype === 'float16' ? x.to('float32') : x);

const total = (lengths: readonly number[]): number => lengths.reduce((sum, length) => sum + length, 0);

/** Neighbouring sequences that go through `logits` together. */
function chunksOf(lengths: readonly number[]): number[][] {
  const chunks: number[][] = [];
  let room = 0;
  for (const length of lengths) {
    if (length > room) {
      chunks.push([]);
      room = tokensAtATime;
    }
    chunks.at(-1)?.push(length);
    room -= length;
  }
  return chunks;
}
