import type { KnowledgeStore, Retriever } from '@ragwright/core/knowledge';
import { UsageError } from '../command/errors.ts';
import type { Context } from '../command/types.ts';
import { openModel } from '../models/openModel.ts';

export interface OpenRetriever {
  readonly retriever: Retriever;
  close(): void;
}

/** A retriever over a store; bm25 needs no model. */
export async function retrieverFor(
  mode: 'dense' | 'bm25' | 'hybrid',
  store: KnowledgeStore,
  source: string | undefined,
  context: Pick<Context, 'terminal' | 'signal'>,
): Promise<OpenRetriever> {
  const { bm25Retriever, denseRetriever, hybridRetriever } = await import('@ragwright/core/knowledge');
  if (mode === 'bm25') return { retriever: bm25Retriever(store), close: () => {} };
  if (source === undefined) {
    throw new UsageError(
      'The store does not say which model filled it',
      'Name it with --model, or use --mode bm25.',
    );
  }
  const { model, precision } = await openModel(
    { model: source, precision: 'auto', 'max-length': undefined },
    context,
  );
  const embedder = model.embedder({ precision });
  const { 'ingest:embedder': filledBy } = await store.readFacts('ingest:');
  if (filledBy !== undefined && filledBy !== embedder.fingerprint) {
    context.terminal.event({
      type: 'notice',
      level: 'warning',
      message: `${source} is not the model that filled the store; its vectors do not fit. Run ragwright ingest with it.`,
    });
  }
  const dense = denseRetriever(store, embedder);
  const retriever = mode === 'dense' ? dense : hybridRetriever([dense, bm25Retriever(store)]);
  return { retriever, close: () => model.dispose() };
}
