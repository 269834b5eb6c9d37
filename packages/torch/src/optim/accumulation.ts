import { backward } from '../autograd/index.ts';
import { ArgumentError } from '../errors.ts';
import { scope } from '../memory/index.ts';
import { native } from '../native/attach.ts';
import { mul } from '../ops/index.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { tensorsOf } from './members.ts';

export interface AccumulatedLoss {
  /** Σ lossᵢ·nᵢ / Σ nᵢ */
  readonly loss: number;
  /** Σ nᵢ */
  readonly tokens: number;
}

/**
 * Gradient of one big batch from micro-batches: of Σ lossᵢ·nᵢ / Σ nᵢ, where lossᵢ is a mean over nᵢ tokens.
 * (Averaging the micro-batches' means instead gives tokens in short batches too much weight.)
 *
 * @example
 * const accumulation = new GradientAccumulation(model.parameters());
 * for (const micro of micros) scope(() => accumulation.add(lossOf(micro), micro.tokenCount));
 * const { loss } = accumulation.finish();
 * optimizer.step();
 * optimizer.zeroGrad();
 */
export class GradientAccumulation {
  readonly #parameters: readonly Tensor[];
  #first = 0;
  #tokens = 0;
  #weightedLoss = 0;

  /** Gradients are expected to be none at the start; what they hold counts as part of the sum. */
  constructor(parameters: Iterable<Tensor>) {
    this.#parameters = tensorsOf('GradientAccumulation', parameters);
  }

  /**
   * Adds a micro-batch: runs its backward pass, weighted. Reading the loss waits for the device.
   *
   * @param loss mean over the micro-batch's tokens; one element
   * @param tokens number of tokens (or sequences, or pairs) that it is the mean of; above 0
   */
  add(loss: Tensor, tokens: number): void {
    if (!Number.isFinite(tokens) || tokens <= 0) {
      throw new ArgumentError('GradientAccumulation', 'tokens must be above 0', { got: String(tokens) });
    }
    // Relative to the first micro-batch, so that gradients keep their magnitude until finish() divides.
    const first = this.#first || tokens;
    scope(() => backward(tokens === first ? loss : mul(loss, tokens / first)));
    this.#first = first;
    this.#tokens += tokens;
    this.#weightedLoss += Number(loss.item()) * tokens;
  }

  /** Turns the sums into the mean, and starts anew. To be called before clipping and stepping. */
  finish(): AccumulatedLoss {
    if (this.#tokens === 0) {
      throw new ArgumentError('GradientAccumulation', 'finish() needs at least one add() before it');
    }
    const tokens = this.#tokens;
    if (tokens !== this.#first) {
      native.scaleGrad(
        this.#parameters.map((tensor) => tensor.handle),
        this.#first / tokens,
      );
    }
    const loss = this.#weightedLoss / tokens;
    this.#first = 0;
    this.#tokens = 0;
    this.#weightedLoss = 0;
    return { loss, tokens };
  }
}
