import { defineCommand } from '../command/define.ts';
import { UsageError } from '../command/errors.ts';
import { checkDocuments } from '../data/checkPaths.ts';
import { modelFact, openStore, storeOption } from '../knowledge/openStore.ts';
import { splitterFor } from '../knowledge/splitter.ts';
import { openModel } from '../models/openModel.ts';
import { follow } from '../terminal/follow.ts';

export const command = defineCommand({
  summary: 'Read documents, split, embed and store them',
  description:
    'Brings a store in line with the documents: what is new or has changed is split, embedded and written, what is gone is deleted, the rest is left alone. What cannot be read is told and passed over. Ctrl-C stops it; the same command goes on.',
  options: {
    config: {
      kind: 'text',
      hint: 'FILE',
      about: 'Config file, or the folder it is in; default: the current folder',
    },
    data: {
      kind: 'text',
      hint: 'DIR',
      about: 'The documents, in place of those in the config, or without a config',
    },
    model: { kind: 'text', hint: 'MODEL', about: 'The embedding model, in place of the one in the config' },
    store: storeOption,
    'keep-missing': { kind: 'flag', about: 'Leave documents in the store that are not there any more' },
  },
  words: [{ name: 'key=value', many: true, about: 'Settings over those of the config: chunks.size=256 …' }],
  examples: [
    'ragwright ingest',
    'ragwright ingest --data handbook --model runs/first --store handbook.lance chunks.size=200 chunks.overlap=20',
  ],
  async run(values, { terminal, signal, words, env }) {
    const { resolveConfig } = await import('../config/resolve.ts');
    const { settings } = await resolveConfig({
      config: values.config,
      data: values.data,
      model: values.model,
      words,
    });
    const place =
      values.store === undefined ? settings.store : { kind: 'lancedb' as const, path: values.store };
    if (typeof settings.documents === 'string') throw new UsageError('documents: no path');
    const { path, ...reading } = settings.documents;
    checkDocuments(path);
    const store = await openStore(place, settings.output, env);
    try {
      const { model, precision, folder } = await openModel(
        { model: settings.model, precision: settings.precision, 'max-length': undefined },
        { terminal, signal },
      );
      try {
        const { ingest } = await import('@ragwright/core/knowledge');
        const { readDocuments } = await import('@ragwright/core/corpus');
        await store.writeFacts({ [modelFact]: folder });
        const summary = await follow(
          ingest({
            documents: readDocuments(path, { ...reading, signal } as Parameters<typeof readDocuments>[1] &
              object),
            splitter: await splitterFor(settings.chunks, model),
            embedder: model.embedder({ precision }),
            store,
            removeMissing: !values['keep-missing'],
            signal,
          }),
          terminal,
        );
        const { documents, chunks, added, changed, unchanged, removed, unreadable } = summary;
        terminal.line(
          { type: 'result', ...summary },
          `${documents} documents, ${chunks} chunks: ${added} added, ${changed} changed, ${unchanged} unchanged, ${removed} removed, ${unreadable.length} unreadable`,
        );
      } finally {
        model.dispose();
      }
    } finally {
      await store.close();
    }
  },
});
