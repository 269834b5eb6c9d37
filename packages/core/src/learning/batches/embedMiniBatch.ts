import { autocast, scope, type Tensor } from '@ragwright/torch';
import { pack } from '@ragwright/torch/nn';
import type { EmbeddingForward, MiniBatch } from './types.ts';

export interface EmbedOptions {
  /** bfloat16: under autocast; the result is float32 always. Default float32. */
  readonly precision?: 'float32' | 'bfloat16';
  /** Default cpu. */
  readonly device?: string;
}

/** What a model gives for each sequence of a mini-batch (an embedding, logits) in one packed forward pass: [sequences, d]. */
export function embedMiniBatch(
  model: EmbeddingForward,
  { sequences, segmentIds, promptTokens }: Pick<MiniBatch, 'sequences' | 'segmentIds' | 'promptTokens'>,
  { precision = 'float32', device = 'cpu' }: EmbedOptions = {},
): Tensor {
  return scope(() => {
    const packed = pack(sequences, { device, ...(segmentIds && { segmentIds }) });
    const forward = () => (promptTokens ? model.forward(packed, promptTokens) : model.forward(packed));
    return precision === 'float32'
      ? forward()
      : atLeastFloat32(autocast({ device, dtype: 'bfloat16' }, forward));
  });
}

/** Half precision (autocast's) becomes float32. */
export const atLeastFloat32 = (x: Tensor): Tensor =>
  x.dtype === 'bfloat16' || x.dtype === 'float16' ? x.to('float32') : x;
