// Synthetic, the same on every machine: words by Zipf's law, vectors in clusters, made one at a time, never held.
import { createHash } from 'node:crypto';
import { SeededRandom } from '@ragwright/core/base';

export const DIMENSIONS = 384;
const PER_DOCUMENT = 10;
const WORDS_PER_CHUNK = 100;
const VOCABULARY = 50_000;
const CLUSTERS = 1000;

/** Cumulative 1 / (rank + 2.7): Zipf–Mandelbrot, as English words are distributed. */
const cumulative = new Float64Array(VOCABULARY);
for (let i = 0, sum = 0; i < VOCABULARY; i++) {
  sum += 1 / (i + 2.7);
  cumulative[i] = sum;
}

function word(random) {
  const at = random.float() * cumulative[VOCABULARY - 1];
  let low = 0;
  let high = VOCABULARY - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulative[middle] < at) low = middle + 1;
    else high = middle;
  }
  return `w${low.toString(36)}`;
}

const words = (random, count) => Array.from({ length: count }, () => word(random)).join(' ');

/** Documents of ten paragraphs; each paragraph becomes a chunk. */
export async function* documents(chunks) {
  for (let i = 0; i < chunks / PER_DOCUMENT; i++) {
    const random = new SeededRandom(i);
    const text = Array.from({ length: PER_DOCUMENT }, (_, j) => {
      return `c${i * PER_DOCUMENT + j} ${words(random, WORDS_PER_CHUNK)}.`;
    }).join('\n\n');
    const document = {
      id: `d${i}`,
      text,
      source: `d${i}.txt`,
      format: 'text',
      domain: `domain ${i % 10}`,
      contentHash: createHash('sha256').update(text).digest('hex'),
      metadata: { year: 1990 + (i % 35) },
    };
    yield { type: 'document', document };
  }
}

const gaussian = (random) =>
  Math.sqrt(-2 * Math.log(1 - random.float())) * Math.cos(2 * Math.PI * random.float());
const centre = (cluster) => {
  const random = new SeededRandom(1e9 + cluster);
  return Float32Array.from({ length: DIMENSIONS }, () => gaussian(random));
};
const centres = Array.from({ length: CLUSTERS }, (_, i) => centre(i));

/** Vector of a chunk: a cluster's centre, half of another's, and noise nine tenths as strong as a centre. */
export function vectorOf(seed) {
  const random = new SeededRandom(seed);
  const first = centres[random.below(CLUSTERS)];
  const second = centres[random.below(CLUSTERS)];
  const vector = Float32Array.from(first, (value, i) => value + 0.5 * second[i] + 0.9 * gaussian(random));
  const norm = Math.hypot(...vector);
  return vector.map((value) => value / norm);
}

export const queries = (count) =>
  Array.from({ length: count }, (_, i) => {
    const random = new SeededRandom(2e9 + i);
    return `q${i} ${words(random, 8)}`;
  });

/** The number that begins a text (`c17 …`, `q3 …`) decides its vector. */
const seedOf = (text) => Number(/^[cq](\d+)/.exec(text)[1]) + (text.startsWith('q') ? 3e9 : 0);
const embed = async (texts) => texts.map((text) => vectorOf(seedOf(text)));

export const embedder = {
  dimensions: DIMENSIONS,
  fingerprint: 'synthetic',
  embedQueries: embed,
  embedDocuments: embed,
};
