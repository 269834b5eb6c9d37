import { fromTypedArray, relu, scope } from '@ragwright/torch';
import { Dropout, Embedding, Linear, Module } from '@ragwright/torch/nn';
import type { MultiVectorInput, TokenVectors } from '../../models/multivector/index.ts';

/** A small multi-vector model: word vectors and one hidden layer; a document's first token gets no vector if it has others. */
export class TinyTokens extends Module {
  readonly words = new Embedding(50, 8);
  readonly wide = new Linear(8, 16);
  readonly narrow = new Linear(16, 6);
  readonly dropout: Dropout;

  constructor({ dropout = 0 }: { readonly dropout?: number } = {}) {
    super();
    this.dropout = new Dropout(dropout);
  }

  forward({ sequences, roles }: MultiVectorInput): TokenVectors {
    const kept = sequences.map((ids, i) => (roles[i] === 'document' && ids.length > 1 ? ids.slice(1) : ids));
    const lengths = kept.map((ids) => ids.length);
    const ids = BigInt64Array.from(
      kept.flatMap((each) => [...each]),
      BigInt,
    );
    const vectors = scope(() => {
      const words = this.words.forward(fromTypedArray(ids, [ids.length]));
      return this.narrow.forward(this.dropout.forward(relu(this.wide.forward(words))));
    });
    return { vectors, lengths };
  }
}
