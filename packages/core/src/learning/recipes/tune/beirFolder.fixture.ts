import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { topicsCorpus } from '../topics.fixture.ts';

const lines = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/**
 * The topics as a BEIR folder: 120 training, 20 dev and 60 test queries unless told otherwise. Only training can tell
 * which document answers which query.
 */
export function writeBeirFolder(folder: string, topics = 20, pairsEach = 6): void {
  const { pairs, dev } = topicsCorpus(7, topics, pairsEach);
  mkdirSync(join(folder, 'qrels'), { recursive: true });
  const documents = [...dev.corpus].map(([_id, text]) => ({ _id, title: '', text }));
  const queries = new Map(pairs.map(({ queryId, query }) => [`train-${queryId}`, query]));
  for (const [id, query] of dev.queries) queries.set(`dev-${id}`, query);
  for (const seed of [11, 12, 13])
    for (const [id, query] of topicsCorpus(seed, topics).dev.queries)
      queries.set(`test-${seed}-${id}`, query);
  writeFileSync(join(folder, 'corpus.jsonl'), lines(documents));
  writeFileSync(join(folder, 'queries.jsonl'), lines([...queries].map(([_id, text]) => ({ _id, text }))));
  for (const split of ['train', 'dev', 'test']) {
    const judged = [...queries.keys()].filter((id) => id.startsWith(split)).flatMap(judgements);
    writeFileSync(join(folder, 'qrels', `${split}.tsv`), `query-id\tcorpus-id\tscore\n${judged.join('')}`);
  }
}

/** Both documents of the query's topic, whose number is the last but for the training pairs' own. */
function judgements(id: string): string[] {
  const topic = /^train-(\d+)-/.exec(id)?.[1] ?? /q(\d+)$/.exec(id)?.[1];
  return [0, 1].map((i) => `${id}\td${topic}-${i}\t1\n`);
}
