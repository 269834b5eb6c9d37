import { ConfigError, type ConfigProblem } from '../../base/errors.ts';
import type { TermLanguage } from './analyze.ts';

/** How BM25 scores and how texts become terms. */
export interface Bm25Options {
  /** How soon a repeated term stops counting more; default 1.2 (Lucene's). */
  readonly k1?: number;
  /** How much a long chunk is held back, 0 to 1; default 0.75 (Lucene's). */
  readonly b?: number;
  /** Default `english`. */
  readonly language?: TermLanguage;
}

/** @throws ConfigError if k1 is negative, b outside 0 to 1, or the language unknown */
export function bm25Defaults({
  k1 = 1.2,
  b = 0.75,
  language = 'english',
}: Bm25Options): Required<Bm25Options> {
  const problems: ConfigProblem[] = [];
  if (!(k1 >= 0 && Number.isFinite(k1))) problems.push({ field: 'k1', expected: '≥ 0', got: String(k1) });
  if (!(b >= 0 && b <= 1)) problems.push({ field: 'b', expected: '0 to 1', got: String(b) });
  if (language !== 'english' && language !== 'none') {
    problems.push({ field: 'language', expected: 'english or none', got: String(language) });
  }
  if (problems.length > 0) throw new ConfigError('BM25 options', problems);
  return { k1, b, language };
}

/**
 * Weight of a term: ln(1 + (N − df + ½) / (df + ½)), never negative (Lucene's form of Robertson & Spärck Jones).
 *
 * @param chunks N, how many there are
 * @param frequency df, in how many of them the term stands
 */
export const inverseDocumentFrequency = (chunks: number, frequency: number): number =>
  Math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5));

/** How often each term stands in a list. */
export function countTerms(terms: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const term of terms) counts.set(term, (counts.get(term) ?? 0) + 1);
  return counts;
}
