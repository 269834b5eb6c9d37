import { ConfigError } from '../../base/errors.ts';
import { tokenizerJson } from '../../text/index.ts';
import type { Tokenizer } from '../../text/types.ts';
import type { TextRole } from '../embedding/index.ts';
import type { MultiVectorSettings } from './types.ts';

/** What a model must know of its tokenizer. */
export interface TokenRules {
  /** Id of the token that expands queries; undefined without expansion. */
  readonly expansion: number | undefined;
  /** Ids that get no vector. */
  readonly skipped: ReadonlySet<number>;
  /** Words of the skiplist that are no single token: they are not skipped. */
  readonly unknown: readonly string[];
}

/**
 * Looks up a model's tokens in the vocabulary.
 *
 * @throws ConfigError if the token that expands queries is not in it
 */
export function tokenRules(
  tokenizer: Tokenizer,
  { queryExpansion, skiplist }: Pick<MultiVectorSettings, 'queryExpansion' | 'skiplist'>,
): TokenRules {
  const idOf = skiplist.length > 0 || queryExpansion?.token ? vocabulary(tokenizer) : () => undefined;
  const found = skiplist.map((word) => [word, idOf(word)] as const);
  return {
    expansion: queryExpansion ? expansionToken(tokenizer, queryExpansion.token, idOf) : undefined,
    skipped: new Set(found.flatMap(([, id]) => (id === undefined ? [] : [id]))),
    unknown: found.flatMap(([word, id]) => (id === undefined ? [word] : [])),
  };
}

const maskTokens = ['[MASK]', '<mask>'];

function expansionToken(
  { specialTokens }: Tokenizer,
  token: string | null,
  idOf: (token: string) => number | undefined,
): number {
  const name = token ?? maskTokens.find((each) => Object.hasOwn(specialTokens, each));
  const id = name === undefined ? undefined : (specialTokens[name] ?? idOf(name));
  if (id !== undefined) return id;
  const expected =
    token === null ? `a tokenizer with ${maskTokens.join(' or ')}` : 'a token of the vocabulary';
  throw new ConfigError('multi-vector model', [
    { field: 'queryExpansion.token', expected, got: token ?? 'none' },
  ]);
}

/** Ids by the text of the token, as transformers' `convert_tokens_to_ids` finds them. */
function vocabulary(tokenizer: Tokenizer): (token: string) => number | undefined {
  const { model } = tokenizerJson(tokenizer, 0)['tokenizer.json'] as {
    readonly model: {
      readonly vocab: Readonly<Record<string, number>> | readonly (readonly [string, number])[];
    };
  };
  const { vocab } = model;
  const listed = Array.isArray(vocab)
    ? new Map((vocab as readonly (readonly [string, number])[]).map(([token], id) => [token, id]))
    : new Map(Object.entries(vocab as Readonly<Record<string, number>>));
  return (token) => tokenizer.specialTokens[token] ?? listed.get(token);
}

/** A query with tokens added up to the length that expansion asks for. */
export function expanded(
  ids: Int32Array,
  { queryExpansion }: Pick<MultiVectorSettings, 'queryExpansion'>,
  { expansion }: TokenRules,
): Int32Array {
  if (!queryExpansion || expansion === undefined || ids.length >= queryExpansion.length) return ids;
  const longer = new Int32Array(queryExpansion.length).fill(expansion);
  longer.set(ids);
  return longer;
}

/** Tokens of a sequence, from its start, that are attended to: without those that expand a query, if they are not. */
export function attendedTokens(
  ids: Int32Array,
  role: TextRole,
  { queryExpansion }: Pick<MultiVectorSettings, 'queryExpansion'>,
  { expansion }: TokenRules,
): number {
  if (role !== 'query' || !queryExpansion || queryExpansion.attend) return ids.length;
  let end = ids.length;
  if (end !== queryExpansion.length) return end; // nothing was added
  // What was added stands at the end, behind the closing special token: a mask in the text is not taken for it.
  while (end > 1 && ids[end - 1] === expansion) end--;
  return end;
}

/** Places of a sequence's tokens that get a vector. */
export function scoredTokens(
  ids: Int32Array,
  role: TextRole,
  { skiplistRoles }: Pick<MultiVectorSettings, 'skiplistRoles'>,
  { skipped }: TokenRules,
): number[] {
  const places = Array.from(ids.keys());
  if (skipped.size === 0 || !skiplistRoles.includes(role)) return places;
  return places.filter((place) => !skipped.has(ids[place] as number));
}
