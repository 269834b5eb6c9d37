import { count } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { checkDocuments } from '../data/checkPaths.ts';

/** Characters; about 200 tokens of English. */
const CHUNK = 1000;

export const command = defineCommand({
  summary: 'Make queries from documents, without a language model',
  description:
    'Makes training pairs from documents alone: from titles and headings, by inverse cloze, by cropping. Pairs that say nothing, and near-duplicates, are left out.',
  options: {
    data: {
      kind: 'text',
      hint: 'DIR',
      required: true,
      about: 'The documents: files, folders, a BEIR folder',
    },
    output: { kind: 'text', hint: 'FILE', required: true, about: 'Where to write the pairs, .jsonl' },
    method: {
      kind: 'text',
      hint: 'NAME',
      many: true,
      choices: ['title', 'inverse-cloze', 'crop'],
      about: 'How queries are made; default: all',
    },
    size: {
      kind: 'number',
      hint: 'N',
      whole: true,
      min: 50,
      default: CHUNK,
      about: 'Longest passage, in characters',
    },
    seed: { kind: 'number', hint: 'N', whole: true, min: 0, default: 0, about: 'Decides what is random' },
  },
  examples: [
    'ragwright pairs synth --data handbook --output pairs.jsonl',
    'ragwright pairs synth --data handbook --output titles.jsonl --method title',
  ],
  async run(values, { terminal, signal }) {
    checkDocuments(values.data);
    const { createSplitter, readDocuments, splitDocument } = await import('@ragwright/core/corpus');
    const { filterPairs, synthesizePairs, writePairs } = await import('@ragwright/core/learning');
    const splitter = createSplitter({ kind: 'auto', size: values.size, unit: 'characters' });
    let documents = 0;
    const unreadable: { source: string; reason: string }[] = [];
    const passages = async function* () {
      for await (const result of readDocuments(values.data, { signal })) {
        if (result.type === 'unreadable') {
          const { source, reason } = result;
          unreadable.push({ source, reason });
          terminal.event({ type: 'notice', level: 'warning', message: `${source}: ${reason}` });
        }
        if (result.type !== 'document') continue;
        documents++;
        terminal.event({ type: 'progress', stage: 'synthesize', done: documents, unit: 'documents' });
        yield* await splitDocument(result.document, splitter);
      }
    };
    const perPassage =
      values.method.length > 0 ? { perPassage: Object.fromEntries(values.method.map((m) => [m, 1])) } : {};
    const made = [];
    for await (const pair of synthesizePairs(passages(), { ...perPassage, seed: values.seed, signal }))
      made.push(pair);
    const { kept, dropped } = filterPairs(made);
    const written = await writePairs(values.output, kept);
    terminal.result(
      { output: values.output, documents, pairs: written, dropped, unreadable },
      `${values.output}: ${count(written)} pairs of ${count(documents)} documents; ${count(made.length - written)} left out`,
    );
  },
});
