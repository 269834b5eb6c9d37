import { sha256 } from '../base/hash.ts';
import { encodeOne, encodeTwo } from './assemble.ts';
import { type CompiledTokenizer, compileTokenizer } from './compile.ts';
import { type Decoder, decoderOf } from './decode.ts';
import type { TokenizerDefinition } from './definition.ts';
import { isMuch, WorkerPool } from './pool.ts';
import type { EncodeOptions, Encoding, Tokenizer, TokenOffsets } from './types.ts';

// The event loop gets its turn after so many milliseconds of tokenising on this thread.
const TURN = 20;

/** A tokenizer made of the parts of tokenizer.json. */
export class JsonTokenizer implements Tokenizer {
  readonly definition: TokenizerDefinition;
  readonly vocabSize: number;
  readonly fingerprint: string;
  readonly specialTokens: Readonly<Record<string, number>>;
  readonly modelMaxLength?: number;
  readonly lowercase: boolean;
  readonly #compiled: CompiledTokenizer;
  readonly #pool: WorkerPool;
  #decoder: Decoder | undefined;
  #tokens: Map<number, string> | undefined;

  /** @throws ConfigError that lists everything that is wrong with the definition */
  constructor(definition: TokenizerDefinition) {
    this.definition = definition;
    this.#compiled = compileTokenizer(definition);
    const { model, addedTokens } = this.#compiled;
    const ids = new Set([...model.vocab.values(), ...addedTokens.map(({ id }) => id)]);
    this.vocabSize = ids.size;
    this.lowercase = definition.lowercase;
    this.specialTokens = Object.freeze(
      Object.fromEntries(
        addedTokens.filter(({ special }) => special).map(({ content, id }) => [content, id]),
      ),
    );
    if (definition.modelMaxLength !== undefined) this.modelMaxLength = definition.modelMaxLength;
    const { file: _, modelMaxLength: __, ...identity } = definition; // neither changes a token
    this.fingerprint = sha256(JSON.stringify(identity));
    this.#pool = new WorkerPool(definition);
  }

  encode(text: string, options: EncodeOptions = {}): Encoding {
    return encodeOne(this.#compiled, this.definition, text, options);
  }

  encodePair(first: string, second: string, options: EncodeOptions = {}): Encoding {
    return encodeTwo(this.#compiled, this.definition, [first, second], options);
  }

  async encodeMany(texts: readonly string[], options: EncodeOptions = {}): Promise<Encoding[]> {
    if (isMuch(texts)) {
      const encoded = await this.#pool.encode(texts, options);
      if (encoded) return encoded;
    }
    const encoded: Encoding[] = [];
    let turn = performance.now();
    for (const text of texts) {
      encoded.push(this.encode(text, options));
      if (performance.now() - turn < TURN) continue;
      await new Promise((resume) => setImmediate(resume));
      turn = performance.now();
    }
    return encoded;
  }

  encodeWithOffsets(text: string): TokenOffsets {
    return this.#compiled.offsets(text);
  }

  decode(ids: ArrayLike<number>, { skipSpecialTokens = true } = {}): string {
    const { model, addedTokens } = this.#compiled;
    this.#decoder ??= decoderOf(this.definition, addedTokens);
    this.#tokens ??= new Map([
      ...Array.from(model.vocab, ([token, id]) => [id, token] as const),
      ...addedTokens.map(({ id, content }) => [id, content] as const),
    ]);
    const tokens: string[] = [];
    for (const id of Array.from(ids)) {
      const token = this.#tokens.get(id);
      if (token === undefined || (skipSpecialTokens && Object.hasOwn(this.specialTokens, token))) continue;
      tokens.push(token);
    }
    return tokens.length === 0 ? '' : this.#decoder(tokens);
  }

  count(text: string): number {
    return this.#compiled.ids(text).length;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}
