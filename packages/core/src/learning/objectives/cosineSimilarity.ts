import { mseLoss, scope } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import { columnsOf } from './columns.ts';
import { scoresOf } from './scores.ts';
import { pairwiseSimilarity } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

const schema = z.strictObject({});

/**
 * Regression on the cosine (Reimers and Gurevych, arXiv 1908.10084): it should be the label.
 *
 *     L = mean over rows of (cos(aᵢ, pᵢ) − labelᵢ)²
 *
 * Needs one score a row, in the range that a cosine has. CoSENT and AnglE, which look at the order of the labels only,
 * are mostly better.
 */
export function cosineSimilarity(options: Readonly<Record<string, never>> = {}): EmbeddingObjective {
  const name = 'CosineSimilarity';
  const settings = parseSettings(schema, options, name);
  const needs = { scores: 'pair', maxNegatives: 0 } as const;
  return {
    name,
    settings,
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives } = columnsOf({ name, needs }, embeddings, batch);
        const cosines = pairwiseSimilarity(anchors, positives, 'cosine');
        return mseLoss(cosines, scoresOf(name, batch, 1).to(cosines.dtype).to(cosines.device));
      }),
  };
}
