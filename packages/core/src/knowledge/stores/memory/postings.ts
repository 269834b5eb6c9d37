const tfBits = 8;
const mostTf = 2 ** tfBits - 1;
/** Chunks that one index can number. */
export const mostChunks = 2 ** (32 - tfBits);

/** In which chunks a term stands and how often: a growing list of number · 256 + frequency (at most 255). */
export class Postings {
  /** Chunks alive that hold the term. */
  frequency = 0;
  #packed = new Uint32Array(2);
  #size = 0;

  add(chunk: number, tf: number): void {
    if (this.#size === this.#packed.length) {
      const grown = new Uint32Array(Math.ceil(this.#size * 1.5));
      grown.set(this.#packed);
      this.#packed = grown;
    }
    this.#packed[this.#size++] = chunk * (mostTf + 1) + Math.min(tf, mostTf);
    this.frequency++;
  }

  forEach(visit: (chunk: number, tf: number) => void): void {
    for (let i = 0; i < this.#size; i++) {
      const packed = this.#packed[i] as number;
      visit(packed >>> tfBits, packed & mostTf);
    }
  }

  /** Gives chunks new numbers, in the same order; −1 drops one. */
  renumber(numbers: Int32Array): void {
    let size = 0;
    for (let i = 0; i < this.#size; i++) {
      const packed = this.#packed[i] as number;
      const number = numbers[packed >>> tfBits] as number;
      if (number >= 0) this.#packed[size++] = number * (mostTf + 1) + (packed & mostTf);
    }
    this.#packed = this.#packed.slice(0, Math.max(size, 2));
    this.#size = size;
  }
}
