import { compareText } from '../filters/compareText.ts';
import type { RankedChunk } from '../types.ts';

/** The order of all results: score descending, then id ascending. */
export const byRank = (a: RankedChunk, b: RankedChunk): number =>
  b.score - a.score || compareText(a.chunk.id, b.chunk.id);

/** Keeps the best `k` of many numbered candidates: a heap whose root is the worst one kept. */
export class BestOf {
  readonly #k: number;
  readonly #id: (item: number) => string;
  readonly #scores: number[] = [];
  readonly #items: number[] = [];

  /** @param id breaks ties between items */
  constructor(k: number, id: (item: number) => string) {
    this.#k = k;
    this.#id = id;
  }

  /** Scores below it change nothing. */
  get floor(): number {
    return this.#items.length < this.#k ? Number.NEGATIVE_INFINITY : (this.#scores[0] as number);
  }

  offer(item: number, score: number): void {
    const size = this.#items.length;
    if (size < this.#k) {
      this.#scores.push(score);
      this.#items.push(item);
      this.#rise(size);
    } else if (this.#isWorse(this.#scores[0] as number, this.#items[0] as number, score, item)) {
      this.#scores[0] = score;
      this.#items[0] = item;
      this.#sink();
    }
  }

  /** Best first. */
  ranked(): { readonly item: number; readonly score: number }[] {
    return this.#items
      .map((item, i) => ({ item, score: this.#scores[i] as number }))
      .sort((a, b) => b.score - a.score || compareText(this.#id(a.item), this.#id(b.item)));
  }

  #isWorse(score: number, item: number, thanScore: number, thanItem: number): boolean {
    if (score !== thanScore) return score < thanScore;
    return compareText(this.#id(item), this.#id(thanItem)) > 0;
  }

  #worseAt(a: number, b: number): boolean {
    return this.#isWorse(
      this.#scores[a] as number,
      this.#items[a] as number,
      this.#scores[b] as number,
      this.#items[b] as number,
    );
  }

  #rise(from: number): void {
    let i = from;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#worseAt(i, parent)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #sink(): void {
    const size = this.#items.length;
    let i = 0;
    for (;;) {
      let worst = i;
      if (2 * i + 1 < size && this.#worseAt(2 * i + 1, worst)) worst = 2 * i + 1;
      if (2 * i + 2 < size && this.#worseAt(2 * i + 2, worst)) worst = 2 * i + 2;
      if (worst === i) return;
      this.#swap(i, worst);
      i = worst;
    }
  }

  #swap(a: number, b: number): void {
    const score = this.#scores[a] as number;
    const item = this.#items[a] as number;
    this.#scores[a] = this.#scores[b] as number;
    this.#items[a] = this.#items[b] as number;
    this.#scores[b] = score;
    this.#items[b] = item;
  }
}
