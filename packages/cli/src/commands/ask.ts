import { dirname, resolve } from 'node:path';
import type { RankedChunk } from '@ragwright/core/knowledge';
import { defineCommand } from '../command/define.ts';
import { UsageError } from '../command/errors.ts';
import { parseFilters } from '../knowledge/filter.ts';
import { openFilledStore, storeOption } from '../knowledge/openStore.ts';
import { type RerankingChoice, rerankerOfRun, withReranker } from '../knowledge/reranker.ts';
import { retrieverFor } from '../knowledge/retriever.ts';
import { showPassage } from '../knowledge/showPassage.ts';

export const command = defineCommand({
  summary: 'Find the passages that answer a question',
  description:
    'Searches the store that `ragwright ingest` filled, or the index of a finished `ragwright tune`, by meaning (dense), by words (bm25) or by both (hybrid), and shows the passages with the sentences that match.',
  options: {
    config: {
      kind: 'text',
      hint: 'FILE',
      about: 'Config file, or the folder it is in; default: the current folder',
    },
    store: storeOption,
    model: { kind: 'text', hint: 'MODEL', about: 'Default: the one that filled the store' },
    k: { kind: 'number', hint: 'N', whole: true, min: 1, max: 1000, default: 5, about: 'How many passages' },
    mode: {
      kind: 'text',
      hint: 'NAME',
      choices: ['dense', 'bm25', 'hybrid'],
      about: 'How to search; default hybrid, and dense before a tuned reranker, which was fitted to that',
    },
    reranker: {
      kind: 'text',
      hint: 'MODEL',
      about:
        'Cross-encoder that puts the passages in order; default: that of the finished tune, if it helped there',
    },
    'no-rerank': { kind: 'flag', about: 'The retriever alone' },
    filter: {
      kind: 'text',
      hint: 'KEY=VALUE',
      many: true,
      about: 'Only chunks of which this holds: domain=cardiology, source=a.md, year>=2020',
    },
  },
  words: [{ name: 'question', required: true, about: 'What to look for' }],
  examples: [
    'ragwright ask "How long is the warranty?"',
    'ragwright ask "symptoms of anaemia" --store handbook.lance --k 3 --mode dense --filter domain=blood --json',
  ],
  async run(values, { terminal, signal, words, env }) {
    const [question = ''] = words;
    if (question.trim() === '') throw new UsageError('The question is empty');
    const filter = parseFilters(values.filter);
    const place = await whichStore(values);
    const { store, model, pipeline, run } = await openFilledStore(place.store, place.output, env);
    try {
      const context = { terminal, signal };
      const choice = rerankingOf(values, rerankerOfRun(pipeline, run));
      const isTuned = choice !== undefined && values.reranker === undefined;
      const mode = values.mode ?? (isTuned ? 'dense' : 'hybrid');
      const first = await retrieverFor(mode, store, values.model ?? model, context);
      const opened = choice ? await withReranker(first, choice, context) : first;
      try {
        const options = { k: values.k, signal, ...(filter === undefined ? {} : { filter }) };
        const [found = []] = await opened.retriever.retrieve([question], options);
        const { highlight } = await import('@ragwright/core/knowledge');
        const passages = found.map(({ chunk, score }, i) => ({
          rank: i + 1,
          score,
          ...aboutChunk(chunk),
          highlights: highlight(chunk.text, question),
        }));
        const shown = passages.map((passage) => showPassage(passage, terminal.style));
        terminal.result(
          { question, mode, k: values.k, reranker: choice?.source ?? null, passages },
          shown.length > 0 ? shown.join('\n\n') : 'Nothing was found.',
        );
      } finally {
        opened.close();
      }
    } finally {
      await store.close();
    }
  },
});

/** The one asked for, else that of the run; none with --no-rerank. */
function rerankingOf(
  values: { readonly reranker: string | undefined; readonly 'no-rerank': boolean },
  ofRun: RerankingChoice | undefined,
): RerankingChoice | undefined {
  if (values['no-rerank']) return undefined;
  return values.reranker === undefined ? ofRun : { source: values.reranker };
}

async function whichStore({
  store,
  config,
}: {
  readonly store: string | undefined;
  readonly config: string | undefined;
}) {
  if (store !== undefined)
    return { store: { kind: 'lancedb' as const, path: store }, output: dirname(resolve(store)) };
  const { resolveConfig } = await import('../config/resolve.ts');
  const { settings } = await resolveConfig({ config });
  return settings;
}

const aboutChunk = ({
  id,
  documentId,
  source,
  title,
  headingPath,
  text,
  metadata,
}: RankedChunk['chunk']) => ({
  id,
  documentId,
  source,
  title,
  headingPath,
  text,
  metadata,
});
