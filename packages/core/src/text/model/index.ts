import { below, booleanOf, complain, isJson, type Json, type Place, show, stringOf } from '../configNode.ts';
import { library } from '../library.ts';
import type { PieceModel } from '../pieceTypes.ts';
import { cached } from './cached.ts';
import { tokensOfParts } from './parts.ts';
import { wordPiece } from './wordPiece.ts';

const none: PieceModel = {
  vocab: new Map(),
  tokens: () => ({ ids: new Int32Array(), ends: new Int32Array() }),
};

/** The vocabulary as an object of ids. */
function vocabOf(config: Json, place: Place): Map<string, number> {
  const vocab = config['vocab'];
  if (!isJson(vocab)) {
    complain(below(place, 'vocab'), 'an object of token ids', vocab);
    return new Map();
  }
  const entries = Object.entries(vocab);
  const bad = entries.find(
    ([, id]) => !Number.isSafeInteger(id) || (id as number) < 0 || (id as number) > 2 ** 31,
  );
  if (bad) complain(below(below(place, 'vocab'), JSON.stringify(bad[0])), 'a token id', bad[1]);
  return new Map(entries as [string, number][]);
}

/** The id of the model's unknown token; undefined if it has none. */
function unknownOf(config: Json, vocab: ReadonlyMap<string, number>, place: Place): number | undefined {
  const token = config['unk_token'];
  if (token === null || token === undefined) return undefined;
  const id = vocab.get(String(token));
  if (id === undefined) complain(below(place, 'unk_token'), 'a token of the vocabulary', token);
  return id;
}

function wordPieceOf(config: Json, place: Place): PieceModel {
  const vocab = vocabOf(config, place);
  const unknownId = unknownOf({ unk_token: '[UNK]', ...config }, vocab, place);
  const maxCharacters = config['max_input_chars_per_word'] ?? 100;
  if (typeof maxCharacters !== 'number') {
    complain(below(place, 'max_input_chars_per_word'), 'a number', maxCharacters);
    return none;
  }
  const prefix = stringOf(config, 'continuing_subword_prefix', place, '##');
  return cached(wordPiece({ vocab, unknownId: unknownId ?? 0, prefix, maxCharacters }));
}

function wordLevelOf(config: Json, place: Place): PieceModel {
  const vocab = vocabOf(config, place);
  const unknown = {
    vocab,
    unknownId: unknownOf(config, vocab, place),
    fuseUnknown: false,
    byteFallback: false,
  };
  return { vocab, tokens: (piece) => tokensOfParts([piece], unknown) };
}

function bpeOf(config: Json, place: Place): PieceModel {
  const vocab = vocabOf(config, place);
  const merges = config['merges'];
  const isMerge = (merge: unknown): boolean =>
    typeof merge === 'string' || (Array.isArray(merge) && merge.length === 2);
  if (!Array.isArray(merges) || !merges.every(isMerge)) {
    complain(below(place, 'merges'), 'a list of pairs', merges);
    return none;
  }
  if (config['continuing_subword_prefix']) {
    complain(below(place, 'continuing_subword_prefix'), 'none', config['continuing_subword_prefix']);
  }
  if (config['dropout']) complain(below(place, 'dropout'), 'none', config['dropout']);
  const suffix = config['end_of_word_suffix'] ? String(config['end_of_word_suffix']) : '';
  const ignoreMerges = booleanOf(config, 'ignore_merges', place, false);
  const unknown = {
    vocab,
    unknownId: unknownOf(config, vocab, place),
    fuseUnknown: booleanOf(config, 'fuse_unk', place, false),
    byteFallback: booleanOf(config, 'byte_fallback', place, false),
  };
  if (place.problems.length > 0) return none;
  const bpe = new library.BPE({ ...config, type: 'BPE' });
  return cached({
    vocab,
    tokens: (piece) => {
      const known = ignoreMerges ? vocab.get(piece) : undefined;
      if (known !== undefined) return { ids: Int32Array.of(known), ends: Int32Array.of(piece.length) };
      const parts = bpe.bpe(piece);
      const lengths = parts.map((part, i) => part.length - (i === parts.length - 1 ? suffix.length : 0));
      return tokensOfParts(parts, unknown, lengths);
    },
  });
}

function unigramOf(config: Json, place: Place): PieceModel {
  const entries = config['vocab'];
  const isEntry = (entry: unknown): entry is [string, number] =>
    Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number';
  if (!Array.isArray(entries) || entries.length === 0 || !entries.every(isEntry)) {
    complain(below(place, 'vocab'), 'a list of tokens with their scores', show(entries));
    return none;
  }
  const vocab = new Map(entries.map(([token], id) => [token, id]));
  const unknownId = config['unk_id'];
  if (
    !Number.isSafeInteger(unknownId) ||
    (unknownId as number) < 0 ||
    (unknownId as number) >= entries.length
  ) {
    complain(below(place, 'unk_id'), `an index below ${entries.length}`, unknownId);
    return none;
  }
  const byteFallback = booleanOf(config, 'byte_fallback', place, false);
  const unknown = { vocab, unknownId: unknownId as number, fuseUnknown: true, byteFallback };
  const unigram = new library.Unigram({ ...config, type: 'Unigram' }, '');
  return cached({ vocab, tokens: (piece) => tokensOfParts(unigram.tokenize(piece), unknown) });
}

const builders: Readonly<Record<string, (config: Json, place: Place) => PieceModel>> = {
  WordPiece: wordPieceOf,
  BPE: bpeOf,
  Unigram: unigramOf,
  WordLevel: wordLevelOf,
};

/** Older files leave the type out. */
function typeOf(config: Json): string {
  if (typeof config['type'] === 'string') return config['type'];
  if (Array.isArray(config['vocab'])) return 'Unigram';
  if ('merges' in config) return 'BPE';
  return 'continuing_subword_prefix' in config ? 'WordPiece' : 'WordLevel';
}

/** The model that a part of tokenizer.json describes. */
export function modelOf(config: unknown, place: Place): PieceModel {
  const build = isJson(config) ? builders[typeOf(config)] : undefined;
  if (build) return build(config as Json, place);
  complain(
    place,
    `a model of type ${Object.keys(builders).join(', ')}`,
    isJson(config) ? config['type'] : config,
  );
  return none;
}
