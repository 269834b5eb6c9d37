import type { EmbeddingModel } from '../../models/embedding/index.ts';
import { findTokensInMemory } from '../batches/index.ts';
import type { TrainingPair } from '../pairs/types.ts';
import type { Precision } from '../training/index.ts';

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

/** A budget as the setting says; `auto` looks what the machine has free for the longest texts. */
export async function memoryBudget(
  model: EmbeddingModel,
  pairs: readonly TrainingPair[],
  { batchSize, tokensInMemory }: { readonly batchSize: number; readonly tokensInMemory: number | 'auto' },
): Promise<MemoryBudget> {
  if (tokensInMemory !== 'auto') return new MemoryBudget(() => tokensInMemory, tokensInMemory);
  const columns = pairs.reduce((most, { negatives = [] }) => Math.max(most, 2 + negatives.length), 2);
  const longest = longestTexts(pairs, batchSize);
  const { sequences } = await model.tokenize(longest, { role: 'document' });
  const longestTokens = sequences.reduce((most, ids) => Math.max(most, ids.length), 0);
  const maxTokens = columns * Math.min(batchSize, pairs.length) * longestTokens;
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

/** Of all columns, by characters. */
function longestTexts(pairs: readonly TrainingPair[], count: number): string[] {
  const texts = new Set(
    pairs.flatMap(({ query, positive, negatives = [] }) => [query, positive, ...negatives]),
  );
  return [...texts].sort((a, b) => b.length - a.length).slice(0, count);
}
