import { below, booleanOf, complain, isJson, type Place } from './configNode.ts';
import { literal } from './pattern.ts';
import { cut } from './piece.ts';
import type { Piece } from './pieceTypes.ts';

/** A token outside the model's vocabulary, found in the text before it is cut: `[MASK]`, `<|im_start|>`. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Looked for after normalisation rather than before. */
  readonly normalized: boolean;
  /** Not within a word. */
  readonly singleWord: boolean;
  /** Takes the white space before it. */
  readonly leftStrip: boolean;
  readonly rightStrip: boolean;
}

export function addedTokensOf(list: unknown, place: Place): AddedToken[] {
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list)) {
    complain(place, 'a list', list);
    return [];
  }
  return list.flatMap((entry, i) => {
    const at = below(place, i);
    if (!isJson(entry) || typeof entry['content'] !== 'string' || !Number.isSafeInteger(entry['id'])) {
      complain(at, 'a token with id and content', entry);
      return [];
    }
    const special = booleanOf(entry, 'special', at, false);
    return [
      {
        id: entry['id'] as number,
        content: entry['content'],
        special,
        normalized: booleanOf(entry, 'normalized', at, !special),
        singleWord: booleanOf(entry, 'single_word', at, false),
        leftStrip: booleanOf(entry, 'lstrip', at, false),
        rightStrip: booleanOf(entry, 'rstrip', at, false),
      },
    ];
  });
}

/** A part of a text: an added token, or text between them. */
export type Section = { readonly piece: Piece; readonly added?: AddedToken };

const wordBefore = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]$/u;
const wordAfter = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u;
const blanksBefore = /\p{White_Space}*$/u;
const blanksAfter = /^\p{White_Space}*/u;

/**
 * Finds added tokens in texts, leftmost and longest.
 *
 * @param byContent what is looked for (the token's content, or its normalised form) → the token
 */
export function addedTokenFinder(byContent: ReadonlyMap<string, AddedToken>): (piece: Piece) => Section[] {
  const contents = [...byContent.keys()].filter((content) => content !== '');
  if (contents.length === 0) return (piece) => [{ piece }];
  const alternatives = contents.sort((a, b) => b.length - a.length).map((content) => literal(content).source);
  const pattern = new RegExp(alternatives.join('|'), 'gu');
  return (piece) => {
    const { text } = piece;
    const sections: Section[] = [];
    let at = 0;
    const upTo = (end: number): void => {
      if (end > at) sections.push({ piece: cut(piece, at, end) });
    };
    for (const { 0: match, index } of text.matchAll(pattern)) {
      const added = byContent.get(match) as AddedToken;
      let start = index;
      let end = index + match.length;
      if (start < at) continue;
      const inWord = wordBefore.test(text.slice(0, start)) || wordAfter.test(text.slice(end));
      if (added.singleWord && inWord) continue;
      if (added.leftStrip) start = Math.max(at, blanksBefore.exec(text.slice(0, start))?.index ?? start);
      if (added.rightStrip) end += blanksAfter.exec(text.slice(end))?.[0].length ?? 0;
      upTo(start);
      sections.push({ piece: cut(piece, start, end), added });
      at = end;
    }
    upTo(text.length);
    return sections;
  };
}
