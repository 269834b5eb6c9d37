import { scope, type Tensor } from '@ragwright/torch';
import { Module, type PackedBatch } from '@ragwright/torch/nn';
import type { Tokenizer } from '../../text/types.ts';
import { fingerprintOf, shapeOf } from '../fingerprint.ts';
import type { Encoder } from '../types.ts';
import { encodeTexts } from './encodeTexts.ts';
import { Dense, type Head } from './heads.ts';
import { pool } from './pooling.ts';
import { promptOf } from './prompts.ts';
import { saveEmbeddingModel } from './save.ts';
import type {
  EmbeddingSettings,
  EncodeTextsOptions,
  PromptChoice,
  TextEmbedder,
  TokenizedTexts,
} from './types.ts';

export interface EmbeddingParts {
  readonly encoder: Encoder;
  readonly tokenizer: Tokenizer;
  readonly settings: EmbeddingSettings;
  /** What comes after pooling, in order: dense layers, normalisation. */
  readonly heads?: readonly Head[];
  /** Where it was loaded from; its tokenizer files are copied when it is saved. */
  readonly folder?: string;
  /** What a person should know about how it was loaded. */
  readonly notices?: readonly string[];
}

/** Texts → vectors: an encoder, pooling, and what comes after it. Owns its encoder and its heads. */
export class EmbeddingModel extends Module {
  readonly encoder: Encoder;
  readonly heads: readonly Head[];
  readonly tokenizer: Tokenizer;
  readonly settings: EmbeddingSettings;
  readonly folder: string | undefined;
  readonly notices: readonly string[];

  constructor(parts: EmbeddingParts) {
    super();
    this.encoder = parts.encoder;
    this.heads = parts.heads ?? [];
    this.tokenizer = parts.tokenizer;
    this.settings = parts.settings;
    this.folder = parts.folder;
    this.notices = parts.notices ?? [];
  }

  /** Length of the vectors that `forward` gives. */
  get embeddingSize(): number {
    const dense = this.heads.findLast((head) => head instanceof Dense);
    return dense?.settings.outFeatures ?? this.encoder.config.hiddenSize * this.settings.pooling.modes.length;
  }

  /** Length of the vectors that `encode` gives: shorter with `truncateDimensions`. */
  get dimensions(): number {
    return Math.min(this.embeddingSize, this.settings.truncateDimensions ?? this.embeddingSize);
  }

  /** Where the weights are. */
  get device(): string {
    return this.encoder.parameters()[0]?.device ?? 'cpu';
  }

  /**
   * Embeddings [sequences, embeddingSize] in the batch's order, float32 or wider.
   *
   * @param promptTokens leading tokens of each sequence that pooling leaves out
   */
  forward(batch: PackedBatch, promptTokens?: readonly number[]): Tensor {
    return scope(() => {
      const { hidden } = this.encoder.forward(batch);
      const pooled = pool(hidden, batch.lengths, this.settings.pooling.modes, promptTokens);
      return this.heads.reduce((vectors, head) => head.forward(vectors), pooled);
    });
  }

  /** Texts with their prompt as token ids, cut to `maxSeqLength`. */
  async tokenize(texts: readonly string[], choice: PromptChoice = {}): Promise<TokenizedTexts> {
    const prompt = promptOf(this.settings, choice);
    const prompted = prompt === '' ? texts : texts.map((text) => prompt + text);
    const encodings = await this.tokenizer.encodeMany(prompted, { maxLength: this.settings.maxSeqLength });
    return { sequences: encodings.map(({ ids }) => ids), promptTokens: this.promptTokens(choice) };
  }

  /** Leading tokens that pooling leaves out, for a prompt; 0 if the prompt counts. */
  promptTokens(choice: PromptChoice): number {
    const prompt = this.settings.pooling.includePrompt ? '' : promptOf(this.settings, choice);
    if (prompt === '') return 0;
    const { ids } = this.tokenizer.encode(prompt, { maxLength: this.settings.maxSeqLength });
    const closing = Object.values(this.tokenizer.specialTokens).includes(ids.at(-1) ?? -1);
    return ids.length - (closing ? 1 : 0);
  }

  /**
   * Vectors of texts, in their order; always in evaluation mode and without gradients. Texts are sorted by length
   * and packed; the event loop gets its turn after each pass.
   *
   * @throws the signal's reason when it is aborted; ConfigError for an unknown prompt name
   */
  encode(texts: readonly string[], options: EncodeTextsOptions = {}): Promise<Float32Array[]> {
    return encodeTexts(this, texts, options);
  }

  /** For stores and retrievers. The fingerprint is that of the weights now. */
  embedder(options: Pick<EncodeTextsOptions, 'precision' | 'batchTokens'> = {}): TextEmbedder {
    return {
      dimensions: this.dimensions,
      fingerprint: this.fingerprint(),
      embedQueries: (texts, more = {}) => this.encode(texts, { ...options, ...more, role: 'query' }),
      embedDocuments: (texts, more = {}) => this.encode(texts, { ...options, ...more, role: 'document' }),
    };
  }

  /** Changes whenever the vectors would: hash of weights, tokenizer, pooling and prompts. */
  fingerprint(): string {
    const heads = this.heads.map((head) => (head instanceof Dense ? head.settings : 'normalize'));
    const about = {
      ...shapeOf(this.encoder),
      heads,
      settings: this.settings,
      tokenizer: this.tokenizer.fingerprint,
    };
    return fingerprintOf(this.stateDict(), about);
  }

  /**
   * Writes the model in sentence-transformers' layout, which text-embeddings-inference takes too: to a temporary
   * folder beside it, then renamed; a model that was there is replaced.
   *
   * @param options.readme content of README.md, the model card; default: a short one
   * @throws EncoderStateError if the encoder carries adapters that are not merged; FileError, or the system's error
   */
  save(folder: string, options: { readonly readme?: string } = {}): Promise<void> {
    return saveEmbeddingModel(this, folder, options);
  }

  override dispose(): void {
    super.dispose();
    void this.tokenizer.close();
  }
}
