import * as z from 'zod';

const range = z
  .strictObject({
    /** Best candidates to pass over, after masking and margins; the best by the teacher, if there is one. */
    from: z.int().min(0).default(0),
    /** Up to this rank, which does not count any more. */
    to: z.int().min(1),
    /** So many of them, at random. */
    negatives: z.int().min(1),
  })
  .refine(
    ({ from, to, negatives }) => negatives <= to - from,
    'expected room for so many between from and to',
  );

/** How a reranker's negatives are chosen. */
export const listNegativesSchema = z.strictObject({
  /**
   * From which ranks of the current retriever how many: what the reranker will have to tell apart is what that
   * retriever finds. Default four of the best 30.
   */
  ranges: z
    .array(range)
    .max(8)
    .default([{ from: 0, to: 30, negatives: 4 }]),
  /**
   * Passages of the corpus at random, besides. Default 1: trained on mined negatives alone, a reranker learns to tell
   * near misses apart and forgets to sink what is far off (users of sentence-transformers report that it collapses).
   */
  random: z.int().min(0).default(1),
  /** A negative scores at most (lowest positive − |lowest positive| · relativeMargin); 0.05 is NV-Retriever's (2407.15831). */
  relativeMargin: z.number().min(0).max(1).optional(),
  /** A negative scores at most (lowest positive − absoluteMargin). */
  absoluteMargin: z.number().optional(),
  /** A negative scores at most this. */
  maxScore: z.number().optional(),
  seed: z.int().min(0).default(42),
});

export type ListNegatives = z.input<typeof listNegativesSchema>;
export type ResolvedListNegatives = z.output<typeof listNegativesSchema>;
