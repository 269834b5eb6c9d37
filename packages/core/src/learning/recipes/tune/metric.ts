import { z } from 'zod';
import { parseMetric } from '../../../evaluation/index.ts';

/** The name of a metric that can be computed. */
export const metric = z.string().refine((name) => {
  try {
    return parseMetric(name) !== undefined;
  } catch {
    return false;
  }
}, 'expected ndcg, mrr, map, recall, precision or hit, with or without @k');
