import { noGrad, scope, type Tensor } from '@ragwright/torch';
import { allOrNothing, constantInit, Dropout, kaimingUniform, Linear, Module } from '@ragwright/torch/nn';
import type { LoraSettings } from './types.ts';

/**
 * A linear layer with a low-rank adapter (Hu et al., arXiv 2106.09685): base(x) + scaling · B·A·dropout(x). A starts
 * from U(±1/√in), B from zero, so that nothing changes at first. Stands where the base layer stood; its fields are
 * called as PEFT's.
 */
export class LoraLinear extends Module {
  readonly base_layer: Linear;
  /** [rank, in] */
  readonly lora_A: Linear;
  /** [out, rank] */
  readonly lora_B: Linear;
  readonly lora_dropout: Dropout;
  /** alpha / rank, or alpha / √rank for rsLoRA. */
  readonly scaling: number;
  #merged = false;

  /** The adapter's weights are float32 unless the base layer's are float64, and lie on its device. */
  constructor(base: Linear, { rank, alpha, dropout, rslora }: LoraSettings) {
    super();
    const [outputs, inputs] = base.weight.shape as [number, number];
    const { device } = base.weight;
    const dtype = base.weight.dtype === 'float64' ? 'float64' : 'float32';
    const place = { bias: false, dtype, device, uninitialized: true } as const;
    const [a, b] = allOrNothing(() => {
      const made = [new Linear(inputs, rank, place), new Linear(rank, outputs, place)] as const;
      kaimingUniform(made[0].weight, { a: Math.sqrt(5) });
      constantInit(made[1].weight, 0);
      return made;
    });
    this.base_layer = base;
    this.lora_A = a;
    this.lora_B = b;
    this.lora_dropout = new Dropout(dropout);
    this.scaling = alpha / (rslora ? Math.sqrt(rank) : rank);
    this.train(base.training);
  }

  /** The base layer's, [out, in]. */
  get weight(): Tensor {
    return this.base_layer.weight;
  }

  get bias(): Tensor | undefined {
    return this.base_layer.bias;
  }

  /** Whether the base layer's weight holds the adapter's. */
  get merged(): boolean {
    return this.#merged;
  }

  forward(x: Tensor): Tensor {
    if (this.#merged) return this.base_layer.forward(x);
    return scope(() => {
      const y = this.base_layer.forward(x);
      // A half-precision model under a float32 adapter; under autocast, linear layers convert by themselves.
      const mixed = this.weight.dtype !== this.lora_A.weight.dtype;
      const input = this.lora_dropout.forward(mixed ? x.to(this.lora_A.weight.dtype) : x);
      const change = this.lora_B.forward(this.lora_A.forward(input)).mul(this.scaling);
      return y.add(change.dtype === y.dtype ? change : change.to(y.dtype));
    });
  }

  /** Adds the adapter into the base layer's weight; twice is the same as once. */
  merge(): void {
    if (this.#merged) return;
    this.#addToBase(1);
    this.#merged = true;
  }

  /** Takes it out again; the weight is then what it was but for rounding. */
  unmerge(): void {
    if (!this.#merged) return;
    this.#addToBase(-1);
    this.#merged = false;
  }

  #addToBase(sign: 1 | -1): void {
    noGrad(() =>
      scope(() => {
        const change = this.lora_B.weight.matmul(this.lora_A.weight).mul(this.scaling * sign);
        this.weight.copy_(this.weight.to(change.dtype).add(change));
      }),
    );
  }
}
