/** Vectors of one length after each other in one block that grows; rows are numbered in the order they came, some without. */
export class Vectors {
  readonly dimensions: number;
  #values: Float32Array;
  /** 1 where a row has a vector. */
  #filled = new Uint8Array(64);

  constructor(dimensions: number) {
    this.dimensions = dimensions;
    this.#values = new Float32Array(64 * dimensions);
  }

  has(row: number): boolean {
    return this.#filled[row] === 1;
  }

  set(row: number, vector: Float32Array): void {
    if (row >= this.#filled.length) {
      const rows = Math.max(row + 1, Math.ceil(this.#filled.length * 1.5));
      const values = new Float32Array(rows * this.dimensions);
      const filled = new Uint8Array(rows);
      values.set(this.#values);
      filled.set(this.#filled);
      this.#values = values;
      this.#filled = filled;
    }
    this.#values.set(vector, row * this.dimensions);
    this.#filled[row] = 1;
  }

  /** Moves the rows to new numbers, which are never higher than the old ones; −1 drops one. */
  renumber(numbers: Int32Array): void {
    const d = this.dimensions;
    let rows = 0;
    numbers.forEach((to, from) => {
      if (to < 0) return;
      rows = to + 1;
      const isThere = this.has(from);
      if (isThere && to !== from) this.#values.copyWithin(to * d, from * d, (from + 1) * d);
      if (to < this.#filled.length) this.#filled[to] = isThere ? 1 : 0;
    });
    this.#filled.fill(0, rows);
  }

  /** Dot product of a row with a vector; four sums, so that the processor needn't wait for each addition. */
  dot(row: number, vector: Float32Array): number {
    const values = this.#values;
    const d = this.dimensions;
    const start = row * d;
    const whole = d - (d % 4);
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let i = 0; i < whole; i += 4) {
      const j = start + i;
      a += (values[j] as number) * (vector[i] as number);
      b += (values[j + 1] as number) * (vector[i + 1] as number);
      c += (values[j + 2] as number) * (vector[i + 2] as number);
      e += (values[j + 3] as number) * (vector[i + 3] as number);
    }
    for (let i = whole; i < d; i++) a += (values[start + i] as number) * (vector[i] as number);
    return a + b + c + e;
  }
}
