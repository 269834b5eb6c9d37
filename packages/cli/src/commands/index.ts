import type { Command, CommandTree } from '../command/types.ts';

const lazy = (summary: string, load: () => Promise<{ readonly command: Command }>) => ({
  summary,
  load: async () => (await load()).command,
});

/** Every command, in the order in which a newcomer meets them. */
export const commands: CommandTree = {
  init: lazy('Write a commented ragwright.config.ts', () => import('./init.ts')),
  doctor: lazy('Check what this machine has and lacks', () => import('./doctor.ts')),
  ingest: lazy('Read documents, split, embed and store them', () => import('./ingest.ts')),
  ask: lazy('Find the passages that answer a question', () => import('./ask.ts')),
  embed: lazy('Turn texts into vectors', () => import('./embed.ts')),
  eval: lazy('Measure retrieval on labelled data', () => import('./eval.ts')),
  bench: {
    summary: 'Measure on public benchmarks',
    commands: {
      beir: lazy('Measure retrieval on BEIR folders, by BEIR’s rules', () => import('./benchBeir.ts')),
    },
  },
  pairs: {
    summary: 'Make and look at training data',
    commands: {
      synth: lazy('Make queries from documents, without a language model', () => import('./pairsSynth.ts')),
      mine: lazy('Find hard negatives for labelled pairs', () => import('./pairsMine.ts')),
      inspect: lazy('Show what a file of pairs holds', () => import('./pairsInspect.ts')),
    },
  },
  train: {
    summary: 'Train one model by one recipe',
    commands: {
      embedder: lazy('Fine-tune an embedding model', () => import('./trainEmbedder.ts')),
      reranker: lazy('Fine-tune a reranker (cross-encoder)', () => import('./trainReranker.ts')),
    },
  },
  tune: lazy('The whole run: measure, tune, measure again, report', () => import('./tune.ts')),
  models: {
    summary: 'Models on this machine',
    commands: {
      get: lazy('Fetch a model into the cache', () => import('./modelsGet.ts')),
      list: lazy('List the models in the cache', () => import('./modelsList.ts')),
      inspect: lazy('Show what a model is', () => import('./modelsInspect.ts')),
    },
  },
};
