import type { PieceTokens } from '../pieceTypes.ts';

export interface UnknownParts {
  readonly vocab: ReadonlyMap<string, number>;
  /** undefined: a part that the vocabulary lacks is left out. */
  readonly unknownId: number | undefined;
  /** Neighbouring unknown parts become one token. */
  readonly fuseUnknown: boolean;
  /** Unknown parts become tokens of their bytes (`<0xE2>`), if the vocabulary has them. */
  readonly byteFallback: boolean;
}

const encoder = new TextEncoder();
const byteToken = (byte: number): string => `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;

/**
 * Ids of the parts that a piece was cut into, with what the vocabulary lacks replaced.
 *
 * @param lengths of the parts in the piece, UTF-16 units; default: their own
 */
export function tokensOfParts(
  parts: readonly string[],
  { vocab, unknownId, fuseUnknown, byteFallback }: UnknownParts,
  lengths: readonly number[] = parts.map((part) => part.length),
): PieceTokens {
  const ids: number[] = [];
  const ends: number[] = [];
  let at = 0;
  let afterUnknown = false;
  parts.forEach((part, i) => {
    at += lengths[i] as number;
    const id = vocab.get(part);
    const bytes =
      id === undefined && byteFallback
        ? Array.from(encoder.encode(part), (b) => vocab.get(byteToken(b)))
        : [];
    const unknown = id === undefined || id === unknownId;
    if (bytes.length > 0 && bytes.every((each) => each !== undefined)) {
      for (const each of bytes) {
        ids.push(each as number);
        ends.push(at);
      }
      afterUnknown = false;
      return;
    }
    if (unknown && afterUnknown && fuseUnknown) ends[ends.length - 1] = at;
    else if (id !== undefined || unknownId !== undefined) {
      ids.push(id ?? (unknownId as number));
      ends.push(at);
    }
    afterUnknown = unknown && unknownId !== undefined;
  });
  return { ids: Int32Array.from(ids), ends: Int32Array.from(ends) };
}
