/** State of a {@link SeededRandom}: four 32-bit words, none of them needed to be secret. */
export type RandomState = readonly [number, number, number, number];

/**
 * Seeded random numbers: xoshiro128** (Blackman & Vigna, arXiv 1805.01407), seeded by splitmix32. The same seed
 * gives the same numbers on every machine; `state` can be saved and given back.
 */
export class SeededRandom {
  #words: Uint32Array;

  constructor(seed: number | RandomState) {
    this.#words = typeof seed === 'number' ? seeded(seed) : Uint32Array.from(seed);
  }

  get state(): RandomState {
    return Array.from(this.#words) as unknown as RandomState;
  }

  /** A whole number in [0, 2³²). */
  uint32(): number {
    const s = this.#words as unknown as [number, number, number, number];
    const result = Math.imul(rotateLeft(Math.imul(s[1], 5), 7), 9) >>> 0;
    const shifted = s[1] << 9;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotateLeft(s[3], 11);
    return result;
  }

  /** In [0, 1), with 53 random bits. */
  float(): number {
    return ((this.uint32() >>> 5) * 67108864 + (this.uint32() >>> 6)) / 9007199254740992;
  }

  /** A whole number in [0, below), each equally likely. */
  below(below: number): number {
    const limit = 4294967296 - (4294967296 % below);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % below;
  }

  /** A shuffled copy (Fisher–Yates). */
  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [shuffled[i], shuffled[j]] = [shuffled[j] as T, shuffled[i] as T];
    }
    return shuffled;
  }

  /** `count` different items, in random order; all of them if there are fewer. */
  sample<T>(items: readonly T[], count: number): T[] {
    const pool = [...items];
    const taken: T[] = [];
    for (let i = 0; i < count && i < pool.length; i++) {
      const j = i + this.below(pool.length - i);
      [pool[i], pool[j]] = [pool[j] as T, pool[i] as T];
      taken.push(pool[i] as T);
    }
    return taken;
  }
}

const rotateLeft = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

function seeded(seed: number): Uint32Array {
  let x = seed >>> 0;
  const words = new Uint32Array(4);
  for (let i = 0; i < 4; i++) {
    x = (x + 0x9e3779b9) >>> 0;
    let z = x ^ (x >>> 16);
    z = Math.imul(z, 0x21f0aaad);
    z ^= z >>> 15;
    z = Math.imul(z, 0x735a2d97);
    words[i] = z ^ (z >>> 15);
  }
  return words;
}
