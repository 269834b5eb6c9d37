import { type TermLanguage, termAnalyzer } from '../terms/index.ts';

/** Part of a text, in UTF-16 units, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A sentence that answers to a query. */
export interface Passage extends Span {
  readonly text: string;
  /** Share of the query's weight that its words carry, 0 to 1. */
  readonly score: number;
  /** The matching words within the text that was searched. */
  readonly matches: readonly Span[];
}

export interface HighlightOptions {
  /** Most passages; default 3. */
  readonly limit?: number;
  /** Default `english`. */
  readonly language?: TermLanguage;
}

/**
 * The sentences of a text that match a query best, by the words they share with it; words that few sentences have count
 * more. Best first, ties in the order of the text; none if no word is shared.
 */
export function highlight(
  text: string,
  query: string,
  { limit = 3, language = 'english' }: HighlightOptions = {},
): Passage[] {
  const analyze = termAnalyzer(language);
  const wanted = new Set(analyze(query));
  const sentences = sentencesOf(text).map((span) => ({
    span,
    words: matchingWords(text, span, wanted, analyze),
  }));
  const weights = new Map<string, number>();
  for (const term of wanted) {
    const holding = sentences.filter(({ words }) => words.some((word) => word.term === term)).length;
    weights.set(term, Math.log(1 + (sentences.length + 1) / (holding + 0.5)));
  }
  const total = [...weights.values()].reduce((a, b) => a + b, 0);
  return sentences
    .filter(({ words }) => words.length > 0)
    .map(({ span, words }): Passage => {
      const terms = new Set(words.map(({ term }) => term));
      const weight = [...terms].reduce((sum, term) => sum + (weights.get(term) ?? 0), 0);
      const matches = words.map(({ start, end }) => ({ start, end }));
      return { ...span, text: text.slice(span.start, span.end), score: weight / total, matches };
    })
    .sort((a, b) => b.score - a.score || a.start - b.start)
    .slice(0, limit);
}

const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Sentences without the white space around them; a blank line ends one, too. */
function sentencesOf(text: string): Span[] {
  const spans: Span[] = [];
  for (const { segment, index } of sentenceSegmenter.segment(text)) {
    for (const part of segment.matchAll(/\S(?:(?!\n\s*\n)[\s\S])*/g)) {
      const trimmed = part[0].trimEnd();
      spans.push({ start: index + part.index, end: index + part.index + trimmed.length });
    }
  }
  return spans;
}

/** By words as the analyzer sees them, so that offsets stay those of the text. */
function matchingWords(
  text: string,
  { start, end }: Span,
  wanted: ReadonlySet<string>,
  analyze: (text: string) => string[],
): (Span & { readonly term: string })[] {
  const found: (Span & { readonly term: string })[] = [];
  for (const word of text.slice(start, end).matchAll(/[\p{L}\p{N}\p{M}]+/gu)) {
    const term = analyze(word[0]).find((one) => wanted.has(one));
    const from = start + word.index;
    if (term !== undefined) found.push({ start: from, end: from + word[0].length, term });
  }
  return found;
}
