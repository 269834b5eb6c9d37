import { cat, scope, type Tensor } from '@ragwright/torch';
import { z } from 'zod';
import { parseSettings } from '../../base/settings.ts';
import type { EmbeddingBatch } from '../batches/types.ts';
import { columnsOf } from './columns.ts';
import { ObjectiveError } from './errors.ts';
import { docToDoc, knownPositives, mask, queryToDoc, queryToQuery } from './masks.ts';
import { similarityMatrix } from './similarity.ts';
import type { EmbeddingObjective } from './types.ts';

export interface GistOptions {
  /** Divides the cosine; default 0.01 (the paper's). */
  readonly temperature?: number;
  /** Whether `margin` is a difference (default) or a fraction of the positive's similarity. */
  readonly marginStrategy?: 'absolute' | 'relative';
  /** Default 0: only what the guide finds closer than the positive is left out. */
  readonly margin?: number;
  /** Anchors against anchors too; default true (the paper's). */
  readonly contrastAnchors?: boolean;
  /** Positives against positives too; default true (the paper's). */
  readonly contrastPositives?: boolean;
}

/**
 * GISTEmbed (Solatorio, arXiv 2402.16829), sentence-transformers' GISTEmbedLoss: in-batch negatives, chosen by a guide
 * model. With σ the guide's cosine and t = σ(aᵢ, pᵢ) − margin (`relative`: t = σ − |σ|·margin), whatever has σ > t is
 * taken for a false negative and left out:
 *
 *     Lᵢ = −log exp(cos(aᵢ, pᵢ)/τ) / Σ_{x ∈ Cᵢ} exp(cos(·, x)/τ)
 *
 * Cᵢ holds aᵢ against positives, aᵢ against anchors, pᵢ against positives, aᵢ against each column of hard negatives. The
 * threshold is always the pair's own, and the pair itself always stays.
 *
 * Code and paper differ: sentence-transformers takes at most one hard negative a row; here it may be several. An anchor
 * compared with itself has σ = 1 ≥ t and falls out by the rule; here it always does (in sentence-transformers it can
 * stay if rounding makes σ(aᵢ, pᵢ) as large). Known false negatives of the batch are left out as well.
 *
 * Needs `batch.guide`.
 */
export function gist(options: GistOptions = {}): EmbeddingObjective {
  const settings = parseSettings(schema, options, 'GIST');
  const { temperature } = settings;
  const name = 'GIST';
  const needs = { guide: true, rows: 2, rowsWithNegatives: 1 };
  return {
    name,
    settings: { ...settings },
    needs,
    loss: (embeddings, batch) =>
      scope(() => {
        const { anchors, positives, negatives, rows } = columnsOf({ name, needs }, embeddings, batch);
        const guide = guideColumns(batch, embeddings.length, rows, anchors);
        const blocks = blocksOf({ anchors, positives, negatives }, settings);
        const guided = blocksOf(guide, settings);
        const threshold = thresholdOf((guided[0] as Block).similarity, settings);
        const masks = knownMasks(batch, rows, embeddings.length, settings);
        const scores = blocks.map(({ similarity }, k) => {
          const closer = (guided[k] as Block).similarity.gt(threshold);
          const out = k === 0 ? closer.logicalAnd(ownPair(rows).to(closer.device).logicalNot()) : closer;
          const known = masks[k];
          const masked = known ? out.logicalOr(known.to(out.device)) : out;
          return similarity.div(temperature).maskedFill(masked, Number.NEGATIVE_INFINITY);
        });
        const own = (scores[0] as Tensor).diagonal();
        return cat(scores, 1).logsumexp([1]).sub(own).mean();
      }),
  };
}

const schema = z.strictObject({
  temperature: z.number().positive().default(0.01),
  marginStrategy: z.enum(['absolute', 'relative']).default('absolute'),
  margin: z.number().nonnegative().default(0),
  contrastAnchors: z.boolean().default(true),
  contrastPositives: z.boolean().default(true),
});

type Settings = z.output<typeof schema>;

interface Texts {
  readonly anchors: Tensor;
  readonly positives: Tensor;
  readonly negatives: readonly Tensor[];
}

interface Block {
  /** Cosines, [B, B] */
  readonly similarity: Tensor;
}

function blocksOf({ anchors, positives, negatives }: Texts, settings: Settings): Block[] {
  const cosines = (a: Tensor, b: Tensor): Block => ({ similarity: similarityMatrix(a, b, 'cosine') });
  return [
    cosines(anchors, positives),
    ...(settings.contrastAnchors ? [cosines(anchors, anchors)] : []),
    ...(settings.contrastPositives ? [cosines(positives, positives)] : []),
    ...negatives.map((negative) => cosines(anchors, negative)),
  ];
}

/** [B, 1]: what the guide finds closer than this is no negative. */
function thresholdOf(guided: Tensor, { marginStrategy, margin }: Settings): Tensor {
  const own = guided.diagonal().unsqueeze(1);
  return marginStrategy === 'absolute' ? own.sub(margin) : own.sub(own.abs().mul(margin));
}

const ownPair = (rows: number): Tensor => mask(rows, rows, (i, j) => i === j);

/** What is known without the guide, in the order of the blocks. */
function knownMasks(
  batch: EmbeddingBatch,
  rows: number,
  columns: number,
  { contrastAnchors, contrastPositives }: Settings,
): (Tensor | undefined)[] {
  const known = knownPositives('GIST', batch, rows, columns);
  const documents = queryToDoc(known, rows, columns)?.split(rows, 1) ?? [];
  return [
    documents[0],
    ...(contrastAnchors ? [queryToQuery(known, rows)] : []),
    ...(contrastPositives ? [docToDoc(known, rows, 2)] : []),
    ...documents.slice(1),
  ];
}

function guideColumns(batch: EmbeddingBatch, columns: number, rows: number, like: Tensor): Texts {
  const { guide } = batch;
  const fault = (got: string): ObjectiveError =>
    new ObjectiveError({
      objective: 'GIST',
      field: 'guide',
      expected: `the guide's embeddings of ${columns} columns with ${rows} rows`,
      got,
      hint: 'give the training step a guide model',
    });
  if (!guide) throw fault('none');
  if (guide.length !== columns) throw fault(`${guide.length} columns`);
  const wrong = guide.find((column) => column.shape[0] !== rows);
  if (wrong) throw fault(`a column [${wrong.shape}]`);
  const texts = guide.map((column) => column.detach().to(like.dtype).to(like.device));
  const [anchors, positives, ...negatives] = texts as [Tensor, Tensor, ...Tensor[]];
  return { anchors, positives, negatives };
}
