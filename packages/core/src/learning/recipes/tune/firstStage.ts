import { join } from 'node:path';
import { runFiles } from '../../../base/runFolder.ts';
import type { RetrievalEvaluation } from '../../../evaluation/index.ts';
import type { Verdict } from '../../../evaluation/report/index.ts';
import { denseRetriever } from '../../../knowledge/index.ts';
import { loadEmbeddingModel } from '../../../models/embedding/index.ts';
import type { Precision } from '../precision.ts';
import type { Knowledge } from './knowledge.ts';
import type { FirstStage } from './rerankerStage.ts';
import type { BaseModel } from './types.ts';

interface Measured {
  readonly base: BaseModel;
  readonly verdict: Verdict;
  readonly knowledge: { readonly base: Knowledge; readonly tuned: Knowledge };
  readonly before: RetrievalEvaluation;
  readonly precision: Precision;
  readonly runFolder: string;
}

/** The embedding model that is kept, as the stage that a reranker is put behind; `dispose` lets go of it. */
export async function firstStage({
  base,
  verdict,
  knowledge,
  before,
  precision,
  runFolder,
}: Measured): Promise<FirstStage & { dispose(): void }> {
  if (verdict.kept === 'tuned') {
    return {
      name: 'tuned embedder',
      folder: join(runFolder, runFiles.model),
      knowledge: knowledge.tuned,
      earlier: [{ name: 'base embedder', run: before.run }],
      dispose: () => {},
    };
  }
  // `base.model` was tuned in place
  const model = await loadEmbeddingModel(base.folder);
  const { store } = knowledge.base;
  return {
    name: 'base embedder',
    folder: base.folder,
    knowledge: { store, retriever: denseRetriever(store, model.embedder({ precision })) },
    earlier: [],
    dispose: () => model.dispose(),
  };
}
