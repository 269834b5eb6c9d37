import { createHash } from 'node:crypto';
import { ConfigError } from '../../../base/errors.ts';
import { SeededRandom } from '../../../base/rng.ts';
import { queryIdOf } from '../beir/index.ts';
import { type CropOptions, crop } from './crop.ts';
import { type InverseClozeOptions, inverseCloze } from './inverseCloze.ts';
import { titleQuery } from './titleQuery.ts';
import type { MakePair, Passage, SynthesisMethod, SynthesizedPair } from './types.ts';

export interface SynthesizeOptions {
  /** Pairs to make of a passage, by method; default one each. */
  readonly perPassage?: Readonly<Partial<Record<SynthesisMethod, number>>>;
  readonly inverseCloze?: InverseClozeOptions;
  readonly crop?: CropOptions;
  /** Default 0. */
  readonly seed?: number;
  readonly signal?: AbortSignal;
}

export const synthesisMethods: readonly SynthesisMethod[] = ['title', 'inverse-cloze', 'crop'];

/** Passages between two turns of the event loop. */
const turn = 256;

/**
 * Training pairs from documents alone, without a language model: from titles and headings, by inverse cloze, by
 * cropping. The same passage and seed give the same pairs, whatever comes before it. Run `filterPairs` on them.
 *
 * @throws ConfigError if a method is not known or a number makes no sense
 */
export async function* synthesizePairs(
  passages: Iterable<Passage> | AsyncIterable<Passage>,
  options: SynthesizeOptions = {},
): AsyncGenerator<SynthesizedPair, void, undefined> {
  const { perPassage = { title: 1, 'inverse-cloze': 1, crop: 1 }, seed = 0, signal } = options;
  checkOptions(options);
  const makers: Readonly<Record<SynthesisMethod, MakePair>> = {
    title: titleQuery,
    'inverse-cloze': inverseCloze(options.inverseCloze),
    crop: crop(options.crop),
  };
  let done = 0;
  for await (const passage of passages) {
    signal?.throwIfAborted();
    if (done++ % turn === turn - 1) await new Promise((resume) => setImmediate(resume));
    for (const method of synthesisMethods)
      yield* makePairs(passage, method, makers[method], perPassage[method] ?? 0, seed);
  }
}

function makePairs(
  passage: Passage,
  method: SynthesisMethod,
  make: MakePair,
  count: number,
  seed: number,
): SynthesizedPair[] {
  const digest = createHash('sha256').update(`${seed}\0${method}\0${passage.id}`).digest();
  const random = new SeededRandom(digest.readUInt32LE());
  const made = new Map<string, SynthesizedPair>();
  for (let i = 0; i < count; i++) {
    const pair = make(passage, random);
    if (!pair) break;
    const ids = { queryId: queryIdOf(pair.query), positiveId: passage.id, documentId: passage.documentId };
    made.set(pair.query, { ...pair, ...ids, method });
  }
  return [...made.values()];
}

function checkOptions({
  perPassage = {},
  inverseCloze: cloze = {},
  crop: cropped = {},
}: SynthesizeOptions): void {
  const { keepSentence = 0 } = cloze;
  const { least = 0.1, most = 0.5 } = cropped;
  const problems = Object.entries(perPassage).flatMap(([method, count]) => {
    const field = `perPassage.${method}`;
    if (!synthesisMethods.includes(method as SynthesisMethod))
      return [{ field, expected: `one of ${synthesisMethods.join(', ')}`, got: 'an unknown method' }];
    const isCount = Number.isSafeInteger(count) && count >= 0;
    return isCount ? [] : [{ field, expected: 'a whole number from 0', got: String(count) }];
  });
  if (!(keepSentence >= 0 && keepSentence <= 1)) {
    const expected = 'a share in [0, 1]';
    problems.push({ field: 'inverseCloze.keepSentence', expected, got: String(keepSentence) });
  }
  if (!(least > 0 && least <= most && most <= 1)) {
    const expected = 'shares with 0 < least ≤ most ≤ 1';
    problems.push({ field: 'crop', expected, got: `${least} and ${most}` });
  }
  if (problems.length > 0) throw new ConfigError('synthesis options', problems);
}
