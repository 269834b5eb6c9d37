import { fitsInto } from './markdown.ts';
import { type PackOptions, pack } from './pack.ts';
import type { MakeRuler } from './rulers/index.ts';
import { findSentences, type Sentences, sentenceBreaks } from './sentences.ts';
import type { EmbedTexts, Span } from './types.ts';

/** Windows that are embedded at once; only distances are kept. */
const BATCH = 256;

export interface SemanticOptions extends PackOptions {
  readonly percentile: number;
  readonly window: number;
  readonly locale: string;
}

/**
 * Splits where the meaning turns (Kamradt, "5 Levels of Text Splitting"): each sentence is embedded together with `window`
 * sentences on either side; between two neighbours whose cosine distance exceeds the percentile of all distances a chunk
 * ends. A group that is too large is packed by sentences.
 */
export async function splitSemantically(
  text: string,
  makeRuler: MakeRuler,
  options: SemanticOptions,
  embed: EmbedTexts,
): Promise<Span[]> {
  const sentences = findSentences(text, options.locale);
  const count = sentences.starts.length;
  if (count === 0) return [];
  const ruler = makeRuler(text);
  const breaks = sentenceBreaks(text, sentences);
  const distances = await neighbourDistances(text, sentences, options.window, embed);
  const threshold = percentile(distances, options.percentile);
  const spans: Span[] = [];
  let first = 0;
  for (let i = 0; i < count; i++) {
    const isLast = i === count - 1;
    if (!isLast && (distances[i] as number) <= threshold) continue;
    const start = sentences.starts[first] as number;
    const end = sentences.ends[i] as number;
    if (fitsInto(ruler, start, end, options.size)) spans.push({ start, end });
    else spans.push(...pack(text, start, end, ruler, options, breaks));
    first = i + 1;
  }
  return spans;
}

/** Cosine distances between the windows around neighbouring sentences; one fewer than sentences. */
async function neighbourDistances(
  text: string,
  { starts, ends }: Sentences,
  window: number,
  embed: EmbedTexts,
): Promise<number[]> {
  const count = starts.length;
  if (count < 2) return [];
  const around = (i: number): string =>
    text.slice(starts[Math.max(0, i - window)], ends[Math.min(count - 1, i + window)]);
  const distances: number[] = [];
  let before: Float32Array | undefined;
  for (let from = 0; from < count; from += BATCH) {
    const windows = Array.from({ length: Math.min(BATCH, count - from) }, (_, i) => around(from + i));
    const vectors = await embed(windows);
    if (vectors.length !== windows.length)
      throw new RangeError(`embed was given ${windows.length} texts and returned ${vectors.length} vectors`);
    for (const vector of vectors) {
      if (before) distances.push(cosineDistance(before, vector));
      before = vector;
    }
  }
  return distances;
}

export function cosineDistance(a: Float32Array, b: Float32Array): number {
  let dot = 0;
  let squaresA = 0;
  let squaresB = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i] as number;
    const y = b[i] as number;
    dot += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  const norms = Math.sqrt(squaresA * squaresB);
  return norms === 0 ? 0 : 1 - dot / norms;
}

/** With linear interpolation, as numpy's. */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = ((sorted.length - 1) * percent) / 100;
  const low = sorted[Math.floor(at)] ?? 0;
  const high = sorted[Math.ceil(at)] ?? low;
  return low + (high - low) * (at - Math.floor(at));
}
