/** Halves of surrogate pairs become U+FFFD: no encoder of UTF-8 can write them. */
export const wellFormed = (text: string): string => text.replace(/\p{Surrogate}/gu, '\uFFFD');

/** One kind of line end, an empty line for a page break, no zero characters (PostgreSQL takes none), no halves of surrogate pairs. */
export const cleanText = (text: string): string =>
  wellFormed(
    text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').replaceAll('\f', '\n\n').replaceAll('\0', ''),
  );
