import { manualSeed } from '@ragwright/torch';
import type { RunEvent } from '../../../base/progress.ts';
import { resolveModel } from '../../../models/hub/index.ts';
import { type CrossEncoder, loadCrossEncoder } from '../../../models/reranking/index.ts';
import { nameOf } from './obtainModel.ts';
import type { ResolvedRerankerStage } from './rerankerSettings.ts';
import type { Staged } from './stage.ts';

/** Longest pair unless somebody says: a passage of the 256 tokens that MiniLM embeds, and a question. */
const longestPair = 320;

export interface BaseReranker {
  readonly model: CrossEncoder;
  readonly name: string;
  readonly source: string;
  /** Where its weights lie: `model` itself is tuned in place. */
  readonly folder: string;
  /** Its head is new: it cannot rank before it was trained. */
  readonly isUntrained: boolean;
}

/**
 * What the reranker begins as.
 *
 * @param embedder folder of the embedding model that is kept
 * @throws ModelSourceError that lists everything that was tried; ConfigError
 */
export async function* obtainReranker(
  { model: wanted, maxLength, training: { seed } }: ResolvedRerankerStage,
  embedder: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<RunEvent, Staged<BaseReranker>, undefined> {
  const isEmbedder = wanted === 'embedder';
  const resolved = isEmbedder
    ? { folder: embedder, source: 'the embedding model', failed: [] }
    : await resolveModel(wanted, signal ? { signal } : {});
  for (const { source, reason } of resolved.failed)
    yield { type: 'notice', level: 'info', message: `${source} could not be had: ${reason}` };
  manualSeed(seed); // of a new head
  // Logits as scores: a sigmoid would squeeze what tells the best apart; calibration makes probabilities of them.
  const settings = { maxSeqLength: maxLength ?? longestPair, activation: 'identity' as const };
  const model = await loadCrossEncoder(resolved.folder, { settings });
  const isUntrained = model.hasNewHead;
  const name = isEmbedder ? 'the embedding model with a new head' : nameOf(resolved.source);
  const summary = `${resolved.source}${isUntrained ? ' with a new head' : ''}, pairs of up to ${model.settings.maxSeqLength} tokens`;
  const { folder, source } = resolved;
  return { value: { model, name, source, folder, isUntrained }, summary };
}
