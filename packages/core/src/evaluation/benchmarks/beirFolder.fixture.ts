import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A small BEIR folder, made up. */
export interface MadeUpSet {
  /** Title and text by id. */
  readonly corpus: Readonly<Record<string, readonly [title: string, text: string]>>;
  readonly queries: Readonly<Record<string, string>>;
  /** By split: query, document, grade. */
  readonly qrels: Readonly<Record<string, readonly (readonly [string, string, number])[]>>;
}

export const organs: MadeUpSet = {
  corpus: {
    d1: ['Heart', 'The heart pumps blood through the body.'],
    d2: ['Lungs', 'The lungs take oxygen out of the air.'],
    d3: ['', 'Kidneys clean the blood and make urine.'],
    d4: ['Skin', 'Skin keeps water in and germs out.'],
    d5: ['Blood', 'Blood carries oxygen. Blood is red, blood clots.'],
  },
  queries: {
    q1: 'what pumps blood',
    q2: 'what takes oxygen from the air',
    q3: 'who keeps germs out',
    q4: 'nobody asks this',
  },
  qrels: {
    test: [
      ['q1', 'd1', 2],
      ['q1', 'd3', 1],
      ['q1', 'd2', 0],
      ['q2', 'd2', 1],
      ['q3', 'd4', 1],
    ],
    validation: [['q1', 'd5', 1]],
  },
};

export function writeBeirFolder(folder: string, { corpus, queries, qrels }: MadeUpSet): string {
  mkdirSync(join(folder, 'qrels'), { recursive: true });
  const lines = (rows: readonly object[]) => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
  const documents = Object.entries(corpus).map(([_id, [title, text]]) => ({ _id, title, text }));
  const asked = Object.entries(queries).map(([_id, text]) => ({ _id, text }));
  writeFileSync(join(folder, 'corpus.jsonl'), lines(documents));
  writeFileSync(join(folder, 'queries.jsonl'), lines(asked));
  for (const [split, rows] of Object.entries(qrels)) {
    const judged = rows.map((row) => `${row.join('\t')}\n`).join('');
    writeFileSync(join(folder, 'qrels', `${split}.tsv`), `query-id\tcorpus-id\tscore\n${judged}`);
  }
  return folder;
}
