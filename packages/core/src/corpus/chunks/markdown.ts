import { type Breaks, firstWord, lastBreak, type Stretches, strength } from './breaks.ts';
import { skipSpace, trimEnd } from './characters.ts';
import { findBlocks, type Heading } from './markdownBlocks.ts';
import { type PackOptions, pack } from './pack.ts';
import { firstAbove } from './rulers/atoms.ts';
import type { MakeRuler, Ruler } from './rulers/index.ts';
import type { Span } from './types.ts';

/** A heading with what stands below it, deeper sections included; the text itself is the outermost. */
interface Section {
  readonly start: number;
  /** Where the text below the heading begins. */
  readonly body: number;
  end: number;
  readonly level: number;
  readonly path: readonly string[];
  readonly sections: Section[];
}

/**
 * The largest sections that fit are chunks. Of a section that doesn't, the text before its first subsection is packed by
 * paragraphs, and the subsections follow. No overlap goes from one section into the next.
 */
export function splitMarkdown(text: string, makeRuler: MakeRuler, options: PackOptions): Span[] {
  const ruler = makeRuler(text);
  const blocks = findBlocks(text);
  const fits = (start: number, end: number): boolean => fitsInto(ruler, start, end, options.size);
  const whole = blocks.whole.filter(({ start, end }) => fits(start, end));
  const breaks = blockBreaks(text, {
    starts: whole.map(({ start }) => start),
    ends: whole.map(({ end }) => end),
  });
  const spans: Span[] = [];

  /** `from`: where it begins if headings without text of their own were left to it. */
  const visit = (section: Section, from: number): void => {
    const start = skipSpace(text, from, section.end);
    const end = trimEnd(text, start, section.end);
    if (start === end) return;
    const [first, ...others] = section.sections;
    const onlyChild = first !== undefined && others.length === 0 ? first : undefined;
    const ownEnd = first?.start ?? section.end;
    const hasText = skipSpace(text, Math.max(section.body, from), ownEnd) < ownEnd;
    if (!(onlyChild && !hasText) && fits(start, end)) {
      spans.push({ start, end, headingPath: section.path });
      return;
    }
    if (hasText || first === undefined) {
      for (const span of pack(text, start, ownEnd, ruler, options, breaks))
        spans.push({ ...span, headingPath: section.path });
    }
    for (const inner of section.sections) visit(inner, inner === first && !hasText ? start : inner.start);
  };
  visit(nest(blocks.headings, text.length), 0);
  return spans;
}

export function fitsInto(ruler: Ruler, start: number, end: number, size: number): boolean {
  // A unit more than fits: where the ruler isn't exact, the sum of the parts may be a little more than the whole.
  return ruler.reach(start, end, size) >= end && (ruler.isExact || ruler.measure(start, end) <= size);
}

/** Sections from a flat list of headings. */
function nest(headings: readonly Heading[], length: number): Section {
  const root: Section = { start: 0, body: 0, end: length, level: 0, path: [], sections: [] };
  const open = [root];
  const parent = (): Section => open[open.length - 1] as Section;
  for (const { start, end, level, title } of headings) {
    while (parent().level >= level) (open.pop() as Section).end = start;
    const path = title === '' ? parent().path : [...parent().path, title];
    const section = { start, body: end, end: length, level, path, sections: [] };
    parent().sections.push(section);
    open.push(section);
  }
  return root;
}

/** As in prose, but not within the stretches. */
const blockBreaks = (text: string, whole: Stretches): Breaks => ({
  end: (min, max) => lastBreak(text, min, max, strength.paragraph, whole),
  start(from, to) {
    const before = firstAbove(whole.starts, from, 0, whole.starts.length) - 1;
    const after = before >= 0 && whole.starts[before] !== from ? (whole.ends[before] as number) : from;
    return firstWord(text, Math.max(from, after), to);
  },
});
