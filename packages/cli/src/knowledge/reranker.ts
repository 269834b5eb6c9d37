import { join } from 'node:path';
import type { Calibration, Retriever } from '@ragwright/core/knowledge';
import type { PipelineDescription } from '@ragwright/core/learning/recipes';
import type { Context } from '../command/types.ts';
import { fetchModel } from '../models/fetchModel.ts';
import { precisionOf } from '../models/openModel.ts';
import type { OpenRetriever } from './retriever.ts';

/** How a reranker is used: as `tune` found out, or as asked for. */
export interface RerankingChoice {
  /** A folder, `hf:…` or `pip:…`. */
  readonly source: string;
  readonly candidates?: number;
  readonly weight?: number;
  readonly calibration?: Calibration;
}

/** The reranker of a finished run, if it was shown to help. */
export function rerankerOfRun(
  pipeline: PipelineDescription | undefined,
  run: string | undefined,
): RerankingChoice | undefined {
  if (!pipeline?.reranker || run === undefined) return undefined;
  const { folder, calibration, ...rest } = pipeline.reranker;
  return { source: join(run, folder), ...rest, ...(calibration && { calibration }) };
}

/** A retriever with a cross-encoder behind it, which is let go of with it. */
export async function withReranker(
  opened: OpenRetriever,
  { source, ...options }: RerankingChoice,
  context: Pick<Context, 'terminal' | 'signal'>,
): Promise<OpenRetriever> {
  const { loadCrossEncoder } = await import('@ragwright/core/models');
  const { rerankingRetriever } = await import('@ragwright/core/knowledge');
  const model = await loadCrossEncoder(await fetchModel(source, context));
  for (const message of model.notices) context.terminal.event({ type: 'notice', level: 'warning', message });
  const reranker = model.reranker({ precision: await precisionOf('auto', model.device) });
  const retriever: Retriever = rerankingRetriever(opened.retriever, reranker, options);
  return {
    retriever,
    close: () => {
      model.dispose();
      opened.close();
    },
  };
}
