import {
  booleanOf,
  complain,
  isJson,
  type Json,
  type Place,
  partsOf,
  show,
  stringOf,
} from '../configNode.ts';
import { literal, patternOf } from '../pattern.ts';
import { cut } from '../piece.ts';
import type { Splitter } from '../pieceTypes.ts';
import { type Behavior, behaviors, splitByPattern, splitInTurn } from './byPattern.ts';
import { byteLevel } from './byteLevel.ts';
import { metaspace, prependSchemes } from './metaspace.ts';

const whole: Splitter = (piece) => [piece];
const whiteSpace = /\p{White_Space}+/gu;
const punctuation = /[!-/:-@[-`{-~\p{P}]/gu;

const wordOrMark = /[^!-/:-@[-`{-~\p{P}\p{White_Space}]+|[!-/:-@[-`{-~\p{P}]/gu;

/** White space goes, punctuation marks stand alone. In one pass, as most models take this way. */
const bert: Splitter = (piece) =>
  Array.from(piece.text.matchAll(wordOrMark), ({ 0: text, index }) => cut(piece, index, index + text.length));

const wordsOrOthers =
  /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]+|[^\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}\p{White_Space}]+/gu;

type Builder = (config: Json, place: Place) => Splitter;

const builders: Readonly<Record<string, Builder>> = {
  Sequence: (config, place) =>
    splitInTurn(partsOf(config, 'pretokenizers', place).map(([part, at]) => splitterOf(part, at))),
  BertPreTokenizer: () => bert,
  ByteLevel: (config, place) =>
    byteLevel(
      booleanOf(config, 'add_prefix_space', place, true),
      booleanOf(config, 'use_regex', place, true),
    ),
  Metaspace: (config, place) => {
    const older = booleanOf(config, 'add_prefix_space', place, true) ? 'always' : 'never';
    const scheme = oneOf(config['prepend_scheme'] ?? older, prependSchemes, {
      ...place,
      field: `${place.field}.prepend_scheme`,
    });
    return metaspace(
      stringOf(config, 'replacement', place, '▁'),
      scheme,
      booleanOf(config, 'split', place, true),
    );
  },
  Split: (config, place) =>
    splitByPattern(
      patternOf(config, place),
      behaviorOf(config, place),
      booleanOf(config, 'invert', place, false),
    ),
  Whitespace: () => splitByPattern(wordsOrOthers, 'Removed', true),
  WhitespaceSplit: () => splitByPattern(whiteSpace, 'Removed'),
  Punctuation: (config, place) => splitByPattern(punctuation, behaviorOf(config, place)),
  Digits: (config, place) => {
    const each = booleanOf(config, 'individual_digits', place, false);
    return splitByPattern(/\p{N}/gu, each ? 'Isolated' : 'Contiguous');
  },
  CharDelimiterSplit: (config, place) => {
    return splitByPattern(literal(stringOf(config, 'delimiter', place)), 'Removed');
  },
  FixedLength: (config, place) => {
    const { length } = config;
    if (Number.isSafeInteger(length) && (length as number) > 0) return fixedLength(length as number);
    complain(place, 'a length above 0', length);
    return whole;
  },
};

function fixedLength(length: number): Splitter {
  const pattern = new RegExp(`[\\s\\S]{1,${length}}`, 'gu');
  return (piece) =>
    Array.from(piece.text.matchAll(pattern), ({ 0: text, index }) => cut(piece, index, index + text.length));
}

function oneOf<T extends string>(value: unknown, known: readonly T[], place: Place): T {
  const found = known.find((each) => each === value);
  if (found !== undefined) return found;
  complain(place, `one of ${known.join(', ')}`, value);
  return known[0] as T;
}

const behaviorOf = (config: Json, place: Place): Behavior =>
  oneOf(config['behavior'] ?? 'Isolated', behaviors, { ...place, field: `${place.field}.behavior` });

/** The pre-tokenizer that a part of tokenizer.json describes; null is none. */
export function splitterOf(config: unknown, place: Place): Splitter {
  if (config === null || config === undefined) return whole;
  const build = isJson(config) ? builders[String(config['type'])] : undefined;
  if (build) return build(config as Json, place);
  complain(place, `a pre-tokenizer of type ${Object.keys(builders).join(', ')}`, show(config));
  return whole;
}
