import { fromTypedArray, scope, type Tensor } from '@ragwright/torch';
import { Module, type PackedBatch, pack } from '@ragwright/torch/nn';
import type { Tokenizer } from '../../text/types.ts';
import { type Dense, Normalize } from '../embedding/heads.ts';
import type { EncodeTextsOptions, PromptChoice, TokenizedTexts } from '../embedding/index.ts';
import { promptOf } from '../embedding/prompts.ts';
import { fingerprintOf, shapeOf } from '../fingerprint.ts';
import type { Encoder } from '../types.ts';
import { encodeMultiVectors } from './encodeMultiVectors.ts';
import { saveMultiVectorModel } from './save.ts';
import { attendedTokens, expanded, scoredTokens, type TokenRules, tokenRules } from './tokens.ts';
import type {
  EncodeMultiVectorOptions,
  MultiVector,
  MultiVectorInput,
  MultiVectorSettings,
  MultiVectorTextEmbedder,
  TokenVectors,
} from './types.ts';

export interface MultiVectorParts {
  readonly encoder: Encoder;
  readonly tokenizer: Tokenizer;
  readonly settings: MultiVectorSettings;
  /** Applied to each token's hidden state, in order: ColBERT has one without bias or activation. */
  readonly dense?: readonly Dense[];
  /** Where it was loaded from; its tokenizer files are copied when it is saved. */
  readonly folder?: string;
}

/**
 * Texts → one unit vector per token, for late interaction: ColBERT (Khattab & Zaharia, arXiv 2004.12832). An encoder,
 * dense layers, and vectors of length 1. Owns its encoder and its dense layers.
 */
export class MultiVectorModel extends Module {
  readonly encoder: Encoder;
  readonly dense: readonly Dense[];
  readonly normalize = new Normalize();
  readonly tokenizer: Tokenizer;
  readonly settings: MultiVectorSettings;
  readonly folder: string | undefined;
  readonly #rules: TokenRules;

  /** @throws ConfigError if the tokenizer lacks the token that expands queries */
  constructor(parts: MultiVectorParts) {
    super();
    this.encoder = parts.encoder;
    this.dense = parts.dense ?? [];
    this.tokenizer = parts.tokenizer;
    this.settings = parts.settings;
    this.folder = parts.folder;
    this.#rules = tokenRules(parts.tokenizer, parts.settings);
  }

  /** Length of each vector. */
  get dimensions(): number {
    return this.dense.at(-1)?.settings.outFeatures ?? this.encoder.config.hiddenSize;
  }

  /** Where the weights are. */
  get device(): string {
    return this.encoder.parameters()[0]?.device ?? 'cpu';
  }

  /** What a person should know of it: words of the skiplist that are no single token. */
  get notices(): readonly string[] {
    const { unknown } = this.#rules;
    return unknown.length === 0 ? [] : [`not skipped, as they are no single token: ${unknown.join(' ')}`];
  }

  /**
   * Vectors of the tokens that count, text after text, float32 or wider. A document's skipped tokens have none; all
   * of a query's do, those that expand it too.
   */
  forward(input: MultiVectorInput): TokenVectors {
    const { sequences, roles } = input;
    const { settings } = this;
    const rules = this.#rules;
    const roleOf = (i: number) => roles[i] ?? 'document';
    const scored = sequences.map((ids, i) => scoredTokens(ids, roleOf(i), settings, rules));
    const lengths = scored.map((places) => places.length);
    const vectors = scope(() => {
      const attended = sequences.map((ids, i) => attendedTokens(ids, roleOf(i), settings, rules));
      const batch = pack(sequences, { device: this.device, attended });
      const { hidden } = this.encoder.forward(batch);
      const narrow = this.dense.reduce((x, layer) => layer.forward(x), only(hidden, batch, scored));
      return this.normalize.forward(narrow);
    });
    return { vectors, lengths };
  }

  /** Texts with their prompt as token ids, cut to the length of their role; queries are expanded. */
  async tokenize(texts: readonly string[], choice: PromptChoice = {}): Promise<TokenizedTexts> {
    const { settings } = this;
    const prompt = promptOf(settings, choice);
    const prompted = prompt === '' ? texts : texts.map((text) => prompt + text);
    const maxLength = choice.role === 'query' ? this.#longestQuery() : settings.documentLength;
    const encodings = await this.tokenizer.encodeMany(prompted, { maxLength });
    const sequences = encodings.map(({ ids }) =>
      choice.role === 'query' ? expanded(ids, settings, this.#rules) : ids,
    );
    return { sequences, promptTokens: 0 };
  }

  #longestQuery(): number {
    const { queryLength, queryExpansion } = this.settings;
    if (!queryExpansion) return queryLength;
    const { strategy, length } = queryExpansion;
    return strategy === 'fixed' ? length : Math.max(queryLength, length);
  }

  /**
   * Vectors of texts, in their order; always in evaluation mode and without gradients. Texts without a role are documents.
   *
   * @throws the signal's reason when it is aborted; ConfigError for an unknown prompt name
   */
  encode(texts: readonly string[], options: EncodeMultiVectorOptions = {}): Promise<MultiVector[]> {
    return encodeMultiVectors(this, texts, options);
  }

  /** For stores and retrievers. The fingerprint is that of the weights now. */
  embedder(options: Pick<EncodeTextsOptions, 'precision' | 'batchTokens'> = {}): MultiVectorTextEmbedder {
    return {
      dimensions: this.dimensions,
      fingerprint: this.fingerprint(),
      embedQueries: (texts, more = {}) => this.encode(texts, { ...options, ...more, role: 'query' }),
      embedDocuments: (texts, more = {}) => this.encode(texts, { ...options, ...more, role: 'document' }),
    };
  }

  /** Changes whenever the vectors would: hash of weights, tokenizer, lengths, expansion, skiplist and prompts. */
  fingerprint(): string {
    const { encoder, settings, tokenizer } = this;
    const dense = this.dense.map((layer) => layer.settings);
    const about = { ...shapeOf(encoder), kind: 'multi-vector', dense, settings };
    return fingerprintOf(this.stateDict(), { ...about, tokenizer: tokenizer.fingerprint });
  }

  /**
   * Writes the model in sentence-transformers' MultiVectorEncoder layout: to a temporary folder beside it, then
   * renamed; a model that was there is replaced.
   *
   * @param options.readme content of README.md, the model card; default: a short one
   * @throws EncoderStateError if the encoder carries adapters that are not merged; FileError, or the system's error
   */
  save(folder: string, options: { readonly readme?: string } = {}): Promise<void> {
    return saveMultiVectorModel(this, folder, options);
  }

  override dispose(): void {
    super.dispose();
    void this.tokenizer.close();
  }
}

/** The rows of hidden [T, h] at the chosen places of each sequence. */
function only(hidden: Tensor, batch: PackedBatch, chosen: readonly (readonly number[])[]): Tensor {
  const count = chosen.reduce((sum, places) => sum + places.length, 0);
  if (count === batch.tokenCount) return hidden;
  const rows = new BigInt64Array(count);
  let at = 0;
  let start = 0;
  for (const [i, places] of chosen.entries()) {
    for (const place of places) rows[at++] = BigInt(start + place);
    start += batch.lengths[i] as number;
  }
  return hidden.indexSelect(0, fromTypedArray(rows, [count], { device: hidden.device }));
}
