import { deviceMemory, OutOfMemoryError, scope, type Tensor } from '@ragwright/torch';
import {
  bytesPerToken,
  hasGradients,
  leastBytesPerToken,
  type Trial,
  trainableBytes,
} from './bytesPerToken.ts';
import { type EmbedOptions, embedMiniBatch } from './embedMiniBatch.ts';
import { BatchError } from './errors.ts';
import { rememberRandomState } from './randomState.ts';
import type { EmbeddingForward } from './types.ts';

export interface TokensInMemoryOptions extends EmbedOptions {
  /** In training mode, without gradients. */
  readonly model: EmbeddingForward & { parameters(): readonly Tensor[]; zeroGrad(): void };
  /** Token ids of a sample of the training texts; the longest are tried, as attention grows with the length. */
  readonly sequences: readonly Int32Array[];
  /**
   * Bytes that the process may take besides what it has; default what the machine (or container) has free, and no
   * limit on a GPU.
   */
  readonly limitBytes?: number;
  /**
   * Bytes of the limit that training needs for other things; default three times the trainable parameters (gradients,
   * and AdamW's two moments).
   */
  readonly reserveBytes?: number;
  /** Fraction of what is left that may be planned with; default 0.7. */
  readonly safety?: number;
  /** No more than this is of use: tokens of the largest batch. Default no bound. */
  readonly maxTokens?: number;
  /**
   * Largest trial in tokens; beyond it, memory is taken to grow in proportion. Default 2048; without a limit up to
   * `maxTokens`, or a million.
   */
  readonly trialTokens?: number;
}

export interface TokensInMemory {
  /** What to give to the training step as `tokensInMemory`. */
  readonly tokens: number;
  /** Measured, or estimated. */
  readonly bytesPerToken: number;
  /** False where memory that the process had kept hid the growth: then a cautious estimate from the model's shape. */
  readonly measured: boolean;
  /** Bytes that activations may take: the limit less the reserve, times the safety. */
  readonly budgetBytes: number;
  readonly trials: readonly Trial[];
}

/**
 * Finds how many tokens' activations fit into memory: forward and backward passes of growing size, whose peaks give
 * the bytes per token. The trials take the longest sequences, change no parameter, leave no gradients, and
 * put the random state back.
 *
 * For MiniLM-L6 on two CPU cores this takes some 4 seconds. The result is never less than the longest sequence.
 *
 * @throws BatchError if there are no sequences, or the model has gradients (of a step that is not finished)
 */
export function findTokensInMemory(options: TokensInMemoryOptions): TokensInMemory {
  const { model, device = 'cpu', precision = 'float32', safety = 0.7 } = options;
  const { maxTokens = Number.POSITIVE_INFINITY } = options;
  const sorted = sortedSequences(options);
  const longest = sorted[0]?.length ?? 0;
  const parameters = model.parameters();
  const least = leastBytesPerToken(parameters, precision);
  const limit = options.limitBytes ?? availableBytes(device);
  const reserve = options.reserveBytes ?? 3 * trainableBytes(parameters);
  const budgetBytes = Math.max(0, limit - reserve) * safety;
  // Without a limit the trials go on until memory runs out.
  const unlimited = !Number.isFinite(limit);
  const trialTokens = options.trialTokens ?? (unlimited ? Math.min(maxTokens, 2 ** 20) : 2048);
  const restore = rememberRandomState(device);
  const trials: Trial[] = [];
  let ranOut = false;
  try {
    for (let size = Math.max(longest, 256); size <= Math.max(trialTokens, 4 * longest); size *= 2) {
      if (trials.length > 1 && size * bytesPerToken(trials, least, longest).bytes > budgetBytes) break;
      trials.push(tried(options, sorted, size));
    }
  } catch (error) {
    if (!OutOfMemoryError.isInstance(error)) throw error;
    ranOut = true;
  } finally {
    model.zeroGrad();
    restore();
  }
  const { bytes, measured } = bytesPerToken(trials, least, longest);
  const largest = trials.at(-1)?.tokens ?? longest;
  const bound = ranOut ? Math.floor(largest * safety) : unlimited ? largest : maxTokens;
  const tokens = Math.max(longest, Math.min(Math.floor(budgetBytes / bytes), bound, maxTokens));
  return { tokens, bytesPerToken: bytes, measured, budgetBytes, trials };
}

/** How much a GPU has free, libtorch does not say. */
const availableBytes = (device: string): number =>
  device === 'cpu' ? process.availableMemory() : Number.POSITIVE_INFINITY;

function sortedSequences({ model, sequences }: TokensInMemoryOptions): Int32Array[] {
  const sorted = sequences.filter((ids) => ids.length > 0).sort((a, b) => b.length - a.length);
  if (sorted.length === 0) {
    throw new BatchError({ field: 'sequences', expected: 'at least one', got: 'none' });
  }
  if (!hasGradients(model.parameters())) return sorted;
  const hint = 'look for the budget before training, not within a step';
  throw new BatchError({ field: 'model', expected: 'no gradients', got: 'gradients', hint });
}

/** Runs a forward and backward pass over so many tokens, and tells the peak. */
function tried(options: TokensInMemoryOptions, sorted: readonly Int32Array[], size: number): Trial {
  const { model, device = 'cpu' } = options;
  const sequences: Int32Array[] = [];
  let tokens = 0;
  for (let i = 0; tokens < size; i++) {
    const next = sorted[i % sorted.length] as Int32Array;
    sequences.push(next);
    tokens += next.length;
  }
  const before = peakBytes();
  const held = scope(() => {
    const embeddings = embedMiniBatch(model, { sequences }, options);
    const bytes = device === 'cpu' ? process.memoryUsage.rss() : (deviceMemory(device)?.allocated ?? 0);
    embeddings.sum().backward();
    return bytes;
  });
  const after = peakBytes();
  // A new peak of the process is the trial's. Otherwise it stayed below an older one: what the forward pass held.
  return { tokens, bytes: device === 'cpu' && after > before ? after : held };
}

/** Of the process so far. */
const peakBytes = (): number => process.resourceUsage().maxRSS * 1024;
