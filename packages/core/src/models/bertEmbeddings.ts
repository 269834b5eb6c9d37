import { scope, type Tensor } from '@ragwright/torch';
import {
  Dropout,
  Embedding,
  LayerNorm,
  Module,
  type PackedBatch,
  type ParameterOptions,
} from '@ragwright/torch/nn';
import { checkRange } from './encoderParts.ts';

/** Sizes of BERT's and RoBERTa's tables. */
export interface BertTables {
  readonly hiddenSize: number;
  readonly vocabSize: number;
  /** Rows of the position table (`max_position_embeddings`). */
  readonly positionRows: number;
  /** Row of a sequence's first token: 0 in BERT, `pad_token_id` + 1 in RoBERTa. */
  readonly firstPosition: number;
  readonly segments: number;
  readonly padTokenId: number | null;
  readonly hiddenDropout: number;
  readonly layerNormEps: number;
}

/** LayerNorm(word + position + segment), with dropout after it. */
export class BertEmbeddings extends Module {
  readonly word_embeddings: Embedding;
  readonly position_embeddings: Embedding;
  readonly token_type_embeddings: Embedding;
  readonly LayerNorm: LayerNorm;
  readonly dropout: Dropout;
  readonly #tables: BertTables;

  constructor(tables: BertTables, options: ParameterOptions) {
    super();
    const { hiddenSize, padTokenId, firstPosition } = tables;
    const padding = padTokenId === null ? {} : { paddingIdx: padTokenId };
    this.#tables = tables;
    this.word_embeddings = new Embedding(tables.vocabSize, hiddenSize, { ...options, ...padding });
    this.position_embeddings = new Embedding(tables.positionRows, hiddenSize, {
      ...options,
      ...(firstPosition > 0 && { paddingIdx: firstPosition - 1 }),
    });
    this.token_type_embeddings = new Embedding(tables.segments, hiddenSize, options);
    this.LayerNorm = new LayerNorm(hiddenSize, { ...options, eps: tables.layerNormEps });
    this.dropout = new Dropout(tables.hiddenDropout);
  }

  /** @throws IndexError, in the name of `op`, if a token, position or segment is outside its table */
  check(op: string, { max }: PackedBatch): void {
    const { vocabSize, positionRows, firstPosition, segments } = this.#tables;
    checkRange(op, 'token', max.token, 'vocab_size', vocabSize);
    checkRange(op, 'position', max.position + firstPosition, 'max_position_embeddings', positionRows);
    checkRange(op, 'segment', max.segment, 'type_vocab_size', segments);
  }

  /** → [T, hidden] */
  forward(batch: PackedBatch): Tensor {
    const { word_embeddings, position_embeddings, token_type_embeddings } = this;
    const { firstPosition } = this.#tables;
    return scope(() => {
      const words = word_embeddings.forward(batch.tokens);
      const segments = batch.segmentIds
        ? token_type_embeddings.forward(batch.segmentIds)
        : token_type_embeddings.weight.narrow(0, 0, 1); // all tokens are in segment 0: broadcast its row
      const places = firstPosition > 0 ? batch.positions.add(firstPosition) : batch.positions;
      const sum = words.add_(segments).add_(position_embeddings.forward(places));
      return this.dropout.forward(this.LayerNorm.forward(sum));
    });
  }
}
