import { constantPadNd, full, tril, triu, zeros } from '../ops/index.ts';
import { fromTypedArray } from '../tensor/create.ts';
import type { DType } from '../tensor/dtype.ts';
import type { Tensor } from '../tensor/tensor.ts';

/**
 * What hides a key that is padding. Finite: a query that is padding itself may see nothing else, and −∞ for all its
 * keys would make NaN of it, which reaches the keys' gradients. exp(it) is 0 in any case.
 */
export const hidden = (dtype: DType): number => (dtype === 'float16' ? -3e4 : -1e30);

/** [length, length]: −∞ where query and key are more than `window` apart, else 0; of the type of `like`. */
export function outsideWindow(like: Tensor, length: number, window: number): Tensor {
  const all = full([length, length], Number.NEGATIVE_INFINITY, { dtype: like.dtype, device: like.device });
  return triu(all, window + 1).add_(tril(all, -window - 1));
}

/** Queries in blocks, and for each block all keys and values within the window around it. */
export interface WindowBlocks {
  /** [count · blocks, heads, block, headDim] */
  readonly q: Tensor;
  /** [count · blocks, heads, block + 2 · window, headDim] each */
  readonly k: Tensor;
  readonly v: Tensor;
  /** [count · blocks, 1, block, block + 2 · window], added to the scores. */
  readonly mask: Tensor;
  /** [count · blocks, heads, block, headDim] → [count, heads, length, headDim] */
  restore(output: Tensor): Tensor;
}

/**
 * Sliding-window attention (arXiv 2004.05150) as ordinary attention on short pieces: the scores take length · 3 window
 * instead of length² numbers.
 *
 * @param q [count, heads, length, headDim], as k and v
 * @param padding [count, 1, 1, length], added to the scores
 */
export function windowBlocks(
  q: Tensor,
  k: Tensor,
  v: Tensor,
  options: { readonly window: number; readonly causal: boolean },
  padding?: Tensor,
): WindowBlocks {
  const { window, causal } = options;
  const [count = 1, heads = 1, length = 1, headDim = 1] = q.shape;
  const block = Math.max(window, 16);
  const blocks = Math.ceil(length / block);
  const wide = block + 2 * window;
  const surplus = blocks * block - length;
  const around = (x: Tensor): Tensor =>
    constantPadNd(x, [0, 0, window, window + surplus])
      .unfold(2, wide, block) // [count, heads, blocks, headDim, wide]
      .permute([0, 2, 1, 4, 3])
      .reshape([count * blocks, heads, wide, headDim]);
  const rows = constantPadNd(q, [0, 0, 0, surplus])
    .view([count, heads, blocks, block, headDim])
    .transpose(1, 2)
    .reshape([count * blocks, heads, block, headDim]);
  const inside = blockMask(q, { length, blocks, block, window, causal }); // [blocks, block, wide]
  const own = padding
    ? constantPadNd(padding.reshape([count, length]), [window, window + surplus], hidden(q.dtype))
        .unfold(1, wide, block) // [count, blocks, wide]
        .unsqueeze(2)
    : zeros([count, 1, 1, 1], { dtype: q.dtype, device: q.device });
  return {
    q: rows,
    k: around(k),
    v: around(v),
    mask: own.add(inside).reshape([count * blocks, 1, block, wide]),
    restore: (output) =>
      output
        .view([count, blocks, heads, block, headDim])
        .transpose(1, 2)
        .reshape([count, heads, blocks * block, headDim])
        .narrow(2, 0, length),
  };
}

interface BlockShape {
  readonly length: number;
  readonly blocks: number;
  readonly block: number;
  readonly window: number;
  readonly causal: boolean;
}

/** −∞ outside the window (and for later keys, if causal), {@link hidden} beyond the sequence's ends, else 0. */
function blockMask(like: Tensor, { length, blocks, block, window, causal }: BlockShape): Tensor {
  const wide = block + 2 * window;
  const values = new Float32Array(blocks * block * wide);
  const beyond = hidden(like.dtype);
  let at = 0;
  for (let start = 0; start < blocks * block; start += block) {
    for (let row = 0; row < block; row++) {
      for (let column = 0; column < wide; column++, at++) {
        const key = start - window + column;
        const ahead = column - window - row; // key − query
        if (ahead > (causal ? 0 : window) || ahead < -window) values[at] = Number.NEGATIVE_INFINITY;
        else if (key < 0 || key >= length) values[at] = beyond;
      }
    }
  }
  return fromTypedArray(values, [blocks, block, wide], { device: like.device }).to(like.dtype);
}
