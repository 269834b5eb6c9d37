import type { SeededRandom } from '../../../base/rng.ts';
import type { MakePair } from './types.ts';

export interface CropOptions {
  /** Length of a crop as a share of the passage's words; default 0.1 to 0.5 (paper). */
  readonly least?: number;
  readonly most?: number;
}

/** A crop is never shorter, in words. */
const leastWords = 5;

interface WordSpan {
  readonly first: number;
  readonly count: number;
}

/**
 * Independent cropping (Contriever, Izacard et al. 2021, arXiv 2112.09118): two random spans of a passage are
 * each other's query and positive. They overlap by at least a word here, so that they are about the same thing even
 * in long passages (the paper crops within 256 tokens).
 */
export function crop({ least = 0.1, most = 0.5 }: CropOptions = {}): MakePair {
  return ({ text }, random) => {
    const words = [...text.matchAll(/\S+/g)].map(
      ({ index, 0: word }) => [index, index + word.length] as const,
    );
    if (words.length < 2 * leastWords) return undefined;
    const lengthOf = () => {
      const share = least + (most - least) * random.float();
      return Math.max(leastWords, Math.round(share * words.length));
    };
    const query = place(lengthOf(), 0, words.length, random);
    const length = lengthOf();
    const lastStart = Math.min(words.length - length, query.first + query.count - 1);
    const firstStart = Math.min(lastStart, Math.max(0, query.first - length + 1));
    const positive = place(length, firstStart, lastStart + length, random);
    if (positive.first === query.first && positive.count === query.count) return undefined;
    const cut = ({ first, count }: WordSpan) => text.slice(words[first]?.[0], words[first + count - 1]?.[1]);
    return { query: cut(query), positive: cut(positive) };
  };
}

/** A span of `count` words anywhere in [from, to). */
function place(count: number, from: number, to: number, random: SeededRandom): WordSpan {
  return { first: from + random.below(to - from - count + 1), count };
}
