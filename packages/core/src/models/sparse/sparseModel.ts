import { scope, type Tensor } from '@ragwright/torch';
import { Module, type PackedBatch } from '@ragwright/torch/nn';
import type { Tokenizer } from '../../text/types.ts';
import type { PromptChoice, TokenizedTexts } from '../embedding/index.ts';
import { promptOf } from '../embedding/prompts.ts';
import { fingerprintOf, shapeOf } from '../fingerprint.ts';
import type { Encoder } from '../types.ts';
import { encodeSparse } from './encodeSparse.ts';
import { MlmHead } from './mlmHead.ts';
import { mlmHeadOf, wordEmbeddings } from './mlmHeads.ts';
import { saveSparseModel } from './save.ts';
import { spladePool } from './spladePool.ts';
import type {
  EncodeSparseOptions,
  SparseEmbedderOptions,
  SparseSettings,
  SparseTextEmbedder,
  SparseVector,
} from './types.ts';

export interface SparseParts {
  readonly encoder: Encoder;
  /** Default a new one. */
  readonly head?: MlmHead;
  readonly tokenizer: Tokenizer;
  readonly settings: SparseSettings;
  /** Where it was loaded from; its tokenizer files are copied when it is saved. */
  readonly folder?: string;
}

/**
 * Texts → weights of terms: an encoder, its masked-language-model head, and SPLADE's pooling (Formal et al., arXiv
 * 2107.05720, 2109.10086). Two vectors are compared by their dot product. Owns its encoder and its head.
 */
export class SparseEmbeddingModel extends Module {
  readonly encoder: Encoder;
  readonly head: MlmHead;
  readonly tokenizer: Tokenizer;
  readonly settings: SparseSettings;
  readonly folder: string | undefined;

  /** @throws ConfigError for an encoder that has no masked-language-model head, or one that is not tied */
  constructor(parts: SparseParts) {
    super();
    const { encoder } = parts;
    const [first] = encoder.parameters();
    const place = first ? { dtype: first.dtype, device: first.device } : {};
    this.encoder = encoder;
    this.head = parts.head ?? new MlmHead(mlmHeadOf(encoder).shape, place);
    this.tokenizer = parts.tokenizer;
    this.settings = parts.settings;
    this.folder = parts.folder;
  }

  /** Length of a vector: the size of the vocabulary. */
  get vocabSize(): number {
    return this.encoder.config.vocabSize;
  }

  /** Where the weights are. */
  get device(): string {
    return this.encoder.parameters()[0]?.device ?? 'cpu';
  }

  /** Weights of terms [sequences, vocab] in the batch's order, none below 0, float32 or wider. */
  forward(batch: PackedBatch): Tensor {
    return scope(() => {
      const { hidden } = this.encoder.forward(batch);
      const words = wordEmbeddings(this.encoder);
      const logits = (x: Tensor): Tensor => this.head.logits(x, words);
      return spladePool(this.head.transform(hidden), batch.lengths, logits, this.settings);
    });
  }

  /** Texts with their prompt as token ids, cut to `maxSeqLength`. The prompt's tokens count. */
  async tokenize(texts: readonly string[], choice: PromptChoice = {}): Promise<TokenizedTexts> {
    const prompt = promptOf(this.settings, choice);
    const prompted = prompt === '' ? texts : texts.map((text) => prompt + text);
    const encodings = await this.tokenizer.encodeMany(prompted, { maxLength: this.settings.maxSeqLength });
    return { sequences: encodings.map(({ ids }) => ids), promptTokens: 0 };
  }

  /**
   * Sparse vectors of texts, in their order; always in evaluation mode and without gradients.
   *
   * @throws the signal's reason when it is aborted; ConfigError for an unknown prompt name, or a `maxActiveDims` that
   *   is no whole number above 0
   */
  async encode(texts: readonly string[], options: EncodeSparseOptions = {}): Promise<SparseVector[]> {
    return encodeSparse(this, texts, options);
  }

  /** For stores and retrievers. The fingerprint is that of the weights now. */
  embedder(options: SparseEmbedderOptions = {}): SparseTextEmbedder {
    const { maxActiveDims = {}, ...fixed } = options;
    const encode = (role: 'query' | 'document'): SparseTextEmbedder['embedQueries'] => {
      const most = maxActiveDims[role];
      const limit = most === undefined ? {} : { maxActiveDims: most };
      return (texts, more = {}) => this.encode(texts, { ...fixed, ...more, ...limit, role });
    };
    return {
      vocabSize: this.vocabSize,
      fingerprint: fingerprintOf(new Map(), { model: this.fingerprint(), maxActiveDims }),
      embedQueries: encode('query'),
      embedDocuments: encode('document'),
    };
  }

  /** Changes whenever the vectors would: hash of weights, tokenizer, pooling and prompts. */
  fingerprint(): string {
    const { encoder, settings, tokenizer } = this;
    const about = { ...shapeOf(encoder), kind: 'sparse', settings, tokenizer: tokenizer.fingerprint };
    return fingerprintOf(this.stateDict(), about);
  }

  /**
   * Writes the model in sentence-transformers' SparseEncoder layout, which is also one that transformers'
   * `AutoModelForMaskedLM` takes: to a temporary folder beside it, then renamed; a model that was there is replaced.
   *
   * @param options.readme content of README.md, the model card; default: a short one
   * @throws EncoderStateError if the encoder carries adapters that are not merged; FileError, or the system's error
   */
  save(folder: string, options: { readonly readme?: string } = {}): Promise<void> {
    return saveSparseModel(this, folder, options);
  }

  override dispose(): void {
    super.dispose();
    void this.tokenizer.close();
  }
}
