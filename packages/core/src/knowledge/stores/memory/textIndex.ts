import {
  type Bm25Options,
  bm25Defaults,
  countTerms,
  inverseDocumentFrequency,
  termAnalyzer,
} from '../../terms/index.ts';
import { Postings } from './postings.ts';

/** An inverted index with BM25 scores over numbered texts. Removing is exact: statistics are of what is there. */
export class TextIndex {
  readonly #analyze: (text: string) => string[];
  readonly #k1: number;
  readonly #b: number;
  #postings = new Map<string, Postings>();
  /** Terms in each text; 0 also for those that were removed. */
  #lengths: number[] = [];
  #alive = 0;
  #totalLength = 0;

  constructor(options: Bm25Options = {}) {
    const { k1, b, language } = bm25Defaults(options);
    this.#analyze = termAnalyzer(language);
    this.#k1 = k1;
    this.#b = b;
  }

  /** @param number above all numbers that were added before */
  add(number: number, text: string): void {
    const terms = this.#analyze(text);
    for (const [term, tf] of countTerms(terms)) {
      let postings = this.#postings.get(term);
      if (postings === undefined) {
        postings = new Postings();
        this.#postings.set(term, postings);
      }
      postings.add(number, tf);
    }
    this.#lengths[number] = terms.length;
    this.#alive++;
    this.#totalLength += terms.length;
  }

  /** @param text as it was added */
  remove(number: number, text: string): void {
    for (const term of countTerms(this.#analyze(text)).keys()) {
      const postings = this.#postings.get(term);
      if (postings !== undefined && --postings.frequency === 0) this.#postings.delete(term);
    }
    this.#alive--;
    this.#totalLength -= this.#lengths[number] as number;
    this.#lengths[number] = 0;
  }

  /** BM25 of every text that shares a term with the query, by number; 0 for the others. */
  scores(query: string): Float64Array {
    const scores = new Float64Array(this.#lengths.length);
    const average = this.#totalLength / this.#alive;
    const k1 = this.#k1;
    for (const [term, times] of countTerms(this.#analyze(query))) {
      const postings = this.#postings.get(term);
      if (postings === undefined) continue;
      const weight = times * inverseDocumentFrequency(this.#alive, postings.frequency) * (k1 + 1);
      postings.forEach((number, tf) => {
        const length = this.#lengths[number] as number;
        if (length === 0) return; // removed
        const norm = k1 * (1 - this.#b + (this.#b * length) / average);
        scores[number] = (scores[number] as number) + (weight * tf) / (tf + norm);
      });
    }
    return scores;
  }

  /** Gives the texts new numbers, in the same order; −1 for those that were removed. */
  renumber(numbers: Int32Array): void {
    for (const postings of this.#postings.values()) postings.renumber(numbers);
    const lengths: number[] = [];
    numbers.forEach((number, old) => {
      if (number >= 0) lengths[number] = this.#lengths[old] as number;
    });
    this.#lengths = lengths;
  }
}
