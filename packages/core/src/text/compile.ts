import { ConfigError, type ConfigProblem } from '../base/errors.ts';
import { type AddedToken, addedTokenFinder, addedTokensOf } from './addedTokens.ts';
import type { Place } from './configNode.ts';
import type { TokenizerDefinition } from './definition.ts';
import { modelOf } from './model/index.ts';
import { lowercasing, normalizerOf } from './normalize/index.ts';
import { pieceOf } from './piece.ts';
import type { Piece, PieceModel } from './pieceTypes.ts';
import { splitterOf } from './split/index.ts';
import { type Template, templateOf } from './template.ts';
import type { TokenOffsets } from './types.ts';

/** A tokenizer at work, without threads: what runs in each of them. */
export interface CompiledTokenizer {
  readonly model: PieceModel;
  readonly template: Template;
  readonly addedTokens: readonly AddedToken[];
  /** Tokens of a text without special ones; at most `limit` of them, from the beginning, if it is given. */
  ids(text: string, limit?: number): Int32Array;
  offsets(text: string): TokenOffsets;
}

/** @throws ConfigError that lists everything that is wrong with the definition */
export function compileTokenizer(definition: TokenizerDefinition): CompiledTokenizer {
  const problems: ConfigProblem[] = [];
  const place = (field: string): Place => ({ field, problems });
  const own = normalizerOf(definition.normalizer, place('normalizer'));
  const normalize = definition.lowercase ? lowercasing(own) : own;
  const split = splitterOf(definition.pre_tokenizer, place('pre_tokenizer'));
  const model = modelOf(definition.model, place('model'));
  const template = templateOf(definition.post_processor, place('post_processor'));
  const addedTokens = addedTokensOf(definition.added_tokens, place('added_tokens'));
  if (problems.length > 0) throw new ConfigError(definition.file, problems);

  const findRaw = addedTokenFinder(
    new Map(addedTokens.filter((token) => !token.normalized).map((token) => [token.content, token])),
  );
  const findNormalized = addedTokenFinder(
    new Map(
      addedTokens
        .filter((token) => token.normalized)
        .map((token) => [normalize(pieceOf(token.content, false)).text, token]),
    ),
  );

  /** Pieces with their ids, in order. */
  function* walk(text: string, withSpans: boolean): Generator<[Piece, Int32Array, Int32Array]> {
    for (const raw of findRaw(pieceOf(text, withSpans))) {
      const sections = raw.added ? [raw] : findNormalized(normalize(raw.piece));
      for (const { piece, added } of sections) {
        if (added) {
          yield [piece, Int32Array.of(added.id), Int32Array.of(piece.text.length)];
        } else if (piece.text !== '') {
          for (const part of split(piece)) {
            const { ids, ends } = model.tokens(part.text);
            yield [part, ids, ends];
          }
        }
      }
    }
  }

  return {
    model,
    template,
    addedTokens,
    ids: (text, limit = Number.POSITIVE_INFINITY) => {
      const found: number[] = [];
      for (const [, ids] of walk(text, false)) {
        for (const id of ids) found.push(id);
        if (found.length >= limit) break;
      }
      if (found.length > limit) found.length = limit;
      return Int32Array.from(found);
    },
    offsets: (text) => {
      const ids: number[] = [];
      const starts: number[] = [];
      const ends: number[] = [];
      for (const [piece, pieceIds, pieceEnds] of walk(text, true)) {
        pieceIds.forEach((id, i) => {
          const from = i === 0 ? 0 : (pieceEnds[i - 1] as number);
          const [start, end] = originOf(piece, from, pieceEnds[i] as number);
          ids.push(id);
          starts.push(start);
          ends.push(end);
        });
      }
      return { ids: Int32Array.from(ids), starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
    },
  };
}

/** Where the units [from, to) of a piece come from. Text that was made up (a prefixed blank) is empty there. */
function originOf({ spans }: Piece, from: number, to: number): [start: number, end: number] {
  if (!spans || spans.starts.length === 0) return [0, 0];
  const last = Math.max(from, to - 1);
  const start = spans.starts[Math.min(from, spans.starts.length - 1)] as number;
  return [start, Math.max(start, spans.ends[Math.min(last, spans.ends.length - 1)] as number)];
}
