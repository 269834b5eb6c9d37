import * as tokenizers from '@huggingface/tokenizers';

/*
 * What we use of @huggingface/tokenizers. Its declarations leave file extensions out, so that TypeScript cannot follow
 * them under NodeNext: these say the same.
 */

interface Library {
  readonly BPE: new (config: object) => { bpe(piece: string): string[] };
  readonly Unigram: new (config: object, endToken: string) => { tokenize(piece: string): string[] };
  /** Translates a pattern of Oniguruma's dialect. */
  readonly SplitPreTokenizer: new (
    config: object,
  ) => { readonly pattern: RegExp | null };
  readonly Tokenizer: new (
    json: object,
    config: object,
  ) => { readonly decoder: { decode(tokens: string[]): string } | null };
}

export const library = tokenizers as unknown as Library;
