import type { Module } from '@ragwright/torch/nn';
import type { RunEvent } from '../../base/progress.ts';
import { type EmbeddingForward, findTokensInMemory } from '../batches/index.ts';
import type { Precision } from '../training/index.ts';
import { beginStage } from './beginStage.ts';

/** Batches of at most so many tokens fit anywhere; nothing is measured for them. */
const alwaysFits = 2048;

/**
 * How many tokens' activations a step may hold. Measured once, when it is first asked for; how a batch is cut decides
 * the last bits of its gradients, so the number is part of a checkpoint.
 */
export class MemoryBudget {
  readonly #measure: (precision: Precision) => number;
  #tokens: number | undefined;

  /** @param known if there is nothing to measure */
  constructor(measure: (precision: Precision) => number, known?: number) {
    this.#measure = measure;
    this.#tokens = known;
  }

  get isKnown(): boolean {
    return this.#tokens !== undefined;
  }

  tokens(precision: Precision): number {
    this.#tokens ??= this.#measure(precision);
    return this.#tokens;
  }

  /** For the batches to come, when memory ran out. */
  lower(tokens: number): void {
    this.#tokens = tokens;
  }

  save(): Readonly<Record<string, unknown>> {
    const tokens = this.#tokens;
    return { tokensInMemory: tokens === Number.POSITIVE_INFINITY ? 'all' : (tokens ?? null) };
  }

  restore({ tokensInMemory }: Readonly<Record<string, unknown>>): void {
    if (tokensInMemory === 'all') this.#tokens = Number.POSITIVE_INFINITY;
    else if (typeof tokensInMemory === 'number') this.#tokens = tokensInMemory;
  }
}

/** Batches to come, as far as memory sees them. */
export interface LargestBatch {
  /** The longest, tokenised: as many as may meet in a batch, or a sample of them. */
  readonly sequences: readonly Int32Array[];
  /** Most sequences in a batch. */
  readonly size: number;
}

/** A budget as the setting says; `auto` looks what the machine has free for the longest sequences. */
export async function memoryBudget(
  model: Module & EmbeddingForward & { readonly device: string },
  tokensInMemory: number | 'auto',
  largestBatch: () => Promise<LargestBatch>,
): Promise<MemoryBudget> {
  if (tokensInMemory !== 'auto') return new MemoryBudget(() => tokensInMemory, tokensInMemory);
  const { sequences, size } = await largestBatch();
  const longest = sequences.reduce((most, ids) => Math.max(most, ids.length), 0);
  const maxTokens = size * longest;
  const all = Number.POSITIVE_INFINITY;
  if (maxTokens <= alwaysFits) return new MemoryBudget(() => all, all);
  const { device } = model;
  return new MemoryBudget((precision) => {
    const wasTraining = model.training;
    model.train();
    try {
      const { tokens } = findTokensInMemory({ model, sequences, maxTokens, precision, device });
      return tokens >= maxTokens ? all : tokens;
    } finally {
      model.train(wasTraining);
    }
  });
}

/** How much of a batch fits into memory at a time; nothing happens if that is known. */
export async function* measureMemory(
  budget: MemoryBudget,
  { precision }: { readonly precision: Precision },
): AsyncGenerator<RunEvent, void, undefined> {
  if (budget.isKnown) return;
  const stage = beginStage('measure memory');
  yield stage.started;
  const tokens = budget.tokens(precision);
  yield stage.done(
    Number.isFinite(tokens) ? `${tokens.toLocaleString('en')} tokens at a time` : 'whole batches fit',
  );
}
