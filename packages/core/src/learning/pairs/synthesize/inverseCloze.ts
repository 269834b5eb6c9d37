import { findSentences } from '../../../corpus/chunks/sentences.ts';
import type { MakePair } from './types.ts';

export interface InverseClozeOptions {
  /** Share of pairs whose positive keeps the sentence, so that matching words is learned too; default 0.1 (paper). */
  readonly keepSentence?: number;
  /** Language whose rules end sentences; default `en`. */
  readonly locale?: string;
}

const wordsOfQuery = { least: 4, most: 60 };

/**
 * Inverse cloze task (Lee, Chang & Toutanova 2019, arXiv 1906.00300): a sentence taken out of its passage is the
 * query, what is left is the positive.
 */
export function inverseCloze(options: InverseClozeOptions = {}): MakePair {
  const { keepSentence = 0.1, locale = 'en' } = options;
  return ({ text }, random) => {
    const { starts, ends } = findSentences(text, locale);
    if (starts.length < 2) return undefined;
    const fitting = starts.flatMap((start, i) => {
      const words = text.slice(start, ends[i]).split(/\s+/).length;
      return words >= wordsOfQuery.least && words <= wordsOfQuery.most ? [i] : [];
    });
    if (fitting.length === 0) return undefined;
    const chosen = fitting[random.below(fitting.length)] as number;
    const [start, end] = [starts[chosen] as number, ends[chosen] as number];
    const keeps = random.float() < keepSentence;
    const before = text.slice(0, start).trimEnd();
    const positive = keeps ? text : `${before} ${text.slice(end).trimStart()}`;
    return { query: text.slice(start, end), positive: positive.trim() };
  };
}
