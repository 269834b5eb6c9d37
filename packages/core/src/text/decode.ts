import { ConfigError } from '../base/errors.ts';
import type { AddedToken } from './addedTokens.ts';
import type { TokenizerDefinition } from './definition.ts';
import { library } from './library.ts';

/** Tokens → text. */
export type Decoder = (tokens: readonly string[]) => string;

/**
 * The decoder of tokenizer.json, the library's own.
 *
 * @throws ConfigError for one that it does not know
 */
export function decoderOf(definition: TokenizerDefinition, addedTokens: readonly AddedToken[]): Decoder {
  if (definition.decoder === null) return (tokens) => tokens.join(' ');
  try {
    // A model without a vocabulary: the library needs one, the decoder does not.
    const { decoder } = new library.Tokenizer(
      {
        model: { type: 'WordPiece', vocab: {}, unk_token: '' },
        normalizer: null,
        pre_tokenizer: null,
        post_processor: null,
        decoder: definition.decoder,
        added_tokens: addedTokens.map(({ id, content, special }) => ({ id, content, special })),
      },
      {},
    );
    return (tokens) => decoder?.decode([...tokens]) ?? tokens.join(' ');
  } catch (cause) {
    const got = (cause as Error).message;
    throw new ConfigError(definition.file, [{ field: 'decoder', expected: 'a known decoder', got }], {
      cause,
    });
  }
}
