import { type Breaks, firstWord, lastBreak, strength } from './breaks.ts';
import { skipSpace } from './characters.ts';
import { belongsBelow, declares } from './codeDeclarations.ts';
import { type PackOptions, pack } from './pack.ts';
import { firstAbove } from './rulers/atoms.ts';
import type { MakeRuler } from './rulers/index.ts';
import type { Span } from './types.ts';

/** How good it is to break before a line. */
const before = { line: 1, afterEmpty: 2, inner: 3, unindented: 4, declaration: 5 } as const;

/** Longest head of a line that is looked at. */
const HEAD = 200;
const MIN_FILL = 0.25;

/** Where lines begin, without empty ones, and how good it is to break there. */
interface Lines {
  readonly starts: readonly number[];
  readonly strengths: readonly number[];
}

/**
 * Breaks before top-level declarations (with the comments and decorators above them), else before a top-level line after an
 * empty one, else before inner declarations, else at empty lines, else between lines.
 */
export function splitCode(
  text: string,
  makeRuler: MakeRuler,
  options: PackOptions & { readonly language?: string | undefined },
): Span[] {
  return pack(
    text,
    0,
    text.length,
    makeRuler(text),
    options,
    lineBreaks(text, readCodeLines(text, options.language)),
  );
}

export function readCodeLines(text: string, language: string | undefined): Lines {
  const starts: number[] = [];
  const strengths: number[] = [];
  let afterEmpty = false;
  let attachedFrom = -1; // the first of the comment lines right above
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf('\n', at);
    const end = newline === -1 ? text.length : newline;
    const first = skipSpace(text, at, end);
    const next = end + 1;
    if (first === end) {
      afterEmpty = true;
      attachedFrom = -1;
      at = next;
      continue;
    }
    const head = text.slice(first, Math.min(end, first + HEAD));
    const isTop = first === at;
    const index = starts.length;
    starts.push(first);
    strengths.push(
      afterEmpty
        ? isTop && /[\w@/#]/.test(head[0] as string)
          ? before.unindented
          : before.afterEmpty
        : before.line,
    );
    if (declares(language, head)) {
      const target = attachedFrom === -1 ? index : attachedFrom;
      strengths[target] = isTop ? before.declaration : Math.max(before.inner, strengths[target] as number);
      attachedFrom = -1;
    } else if (belongsBelow(head)) {
      if (attachedFrom === -1) attachedFrom = index;
    } else attachedFrom = -1;
    afterEmpty = false;
    at = next;
  }
  return { starts, strengths };
}

const lineBreaks = (text: string, { starts, strengths }: Lines): Breaks => ({
  end(min, max) {
    const floor = min + Math.floor((max - min) * MIN_FILL);
    let best: number | undefined;
    let bestStrength = 0;
    // A line that begins right after `max` ends the window as well: only white space lies between.
    const reached = skipSpace(text, max, Math.min(text.length, max + HEAD));
    for (let i = firstAbove(starts, reached, 0, starts.length) - 1; i >= 0; i--) {
      const at = starts[i] as number;
      if (at <= min || (at <= floor && best !== undefined)) break;
      if ((strengths[i] as number) <= bestStrength) continue;
      best = Math.min(at, max);
      bestStrength = strengths[i] as number;
      if (bestStrength === before.declaration) break;
    }
    return best ?? lastBreak(text, min, max, strength.word);
  },
  start(from, to) {
    const first = starts[firstAbove(starts, from - 1, 0, starts.length)];
    return first !== undefined && first < to ? first : firstWord(text, from, to);
  },
});
