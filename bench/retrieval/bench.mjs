// Ingest, index and hybrid queries over 100,000 chunks in LanceDB. No Python side:
//   node bench/retrieval/bench.mjs [--chunks 100000] [--queries 300] [--record]
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createSplitter } from '@ragwright/core/corpus';
import { bm25Retriever, denseRetriever, hybridRetriever, ingest } from '@ragwright/core/knowledge';
import { lanceStore } from '@ragwright/core/knowledge/stores/lancedb';
import { maxRss } from '../shared/measure.mjs';
import { documents, embedder, queries, vectorOf } from './corpus.mjs';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '300' },
    record: { type: 'boolean', default: false },
  },
});
const CHUNKS = Number(values.chunks);
const folder = mkdtempSync(join(tmpdir(), 'ragwright-retrieval-'));
const load = loadavg()[0];
if (load > 1) console.error(`the machine is busy (load ${load.toFixed(1)}): figures will be off`);

const percentile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.floor(share * numbers.length)];

/** Milliseconds of each query, after ten to warm up. */
async function latencies(retriever, texts, options) {
  // The vectors are made before, so that no embedding is timed.
  const times = [];
  for (const [i, text] of [...texts.slice(0, 10), ...texts].entries()) {
    const start = performance.now();
    await retriever.retrieve([text], options);
    if (i >= 10) times.push(performance.now() - start);
  }
  return times;
}

/** Ids of the ten nearest of all chunks, for each query, by looking at each vector. */
function exact(texts) {
  const wanted = texts.map((text) => vectorOf(Number(/^q(\d+)/.exec(text)[1]) + 3e9));
  const best = wanted.map(() => []);
  for (let i = 0; i < CHUNKS; i++) {
    const vector = vectorOf(i);
    wanted.forEach((query, q) => {
      let dot = 0;
      for (let j = 0; j < query.length; j++) dot += query[j] * vector[j];
      const list = best[q];
      if (list.length === 10 && dot <= list[9].dot) return;
      list.push({ dot, name: `c${i}` });
      list.sort((a, b) => b.dot - a.dot);
      list.length = Math.min(list.length, 10);
    });
  }
  return best.map((list) => new Set(list.map(({ name }) => name)));
}

const sizeOf = (path) =>
  readdirSync(path, { recursive: true }).reduce((sum, name) => {
    const info = statSync(join(path, name));
    return sum + (info.isFile() ? info.size : 0);
  }, 0);

try {
  const store = await lanceStore(folder);
  await store.count();
  const before = maxRss();
  const seconds = { index: 0, ingest: 0 };
  let writing = 0;
  const splitter = createSplitter({ kind: 'recursive', size: 700, unit: 'characters' });
  for await (const event of ingest({ documents: documents(CHUNKS), splitter, embedder, store })) {
    if (event.type !== 'stage') continue;
    if (event.status === 'done') seconds[event.stage] = event.seconds;
    else if (event.stage === 'index') writing = maxRss() - before;
  }
  const ingestMemory = maxRss() - before;
  if ((await store.count()) !== CHUNKS) throw new Error(`${await store.count()} chunks instead of ${CHUNKS}`);

  const texts = queries(Number(values.queries));
  const vectors = new Map(texts.map((text) => [text, vectorOf(Number(/^q(\d+)/.exec(text)[1]) + 3e9)]));
  const known = { ...embedder, embedQueries: async (asked) => asked.map((text) => vectors.get(text)) };
  const dense = denseRetriever(store, known);
  const text = bm25Retriever(store);
  const hybrid = hybridRetriever([dense, text]);
  const times = {
    'hybrid query': await latencies(hybrid, texts, { k: 10 }),
    'hybrid query, filter of one in ten': await latencies(hybrid, texts, {
      k: 10,
      filter: { domain: 'domain 3' },
    }),
    'hybrid query, filter of 7 in 10,000': await latencies(hybrid, texts.slice(0, 100), {
      k: 10,
      filter: { documentId: { in: Array.from({ length: 7 }, (_, i) => `d${i * 97}`) } },
    }),
    'dense query': await latencies(dense, texts, { k: 10 }),
    'BM25 query': await latencies(text, texts, { k: 10 }),
  };
  const batchStart = performance.now();
  await hybrid.retrieve(texts, { k: 10 });
  const batched = (performance.now() - batchStart) / texts.length;

  const judged = texts.slice(0, 100);
  const truth = exact(judged);
  const found = await dense.retrieve(judged, { k: 10 });
  const hits = found.flatMap((list, q) => list.filter(({ chunk }) => truth[q].has(chunk.text.split(' ')[0])));
  const recall = hits.length / (10 * judged.length);

  const p50 = percentile(times['hybrid query'], 0.5);
  const rows = [
    ['ingest without indexes, chunks/s', CHUNKS / (seconds.ingest - seconds.index)],
    ['peak memory that reading, embedding and writing add, MB', writing],
    ['peak memory with building the indexes, MB', ingestMemory, '≤ 1,000', ingestMemory <= 1000],
    ['building the indexes, s', seconds.index],
    ['size on disk, MB', sizeOf(folder) / 2 ** 20],
    ...Object.entries(times).flatMap(([name, list]) => [
      [`${name}, p50 ms`, percentile(list, 0.5), ...(name === 'hybrid query' ? ['≤ 10', p50 <= 10] : [])],
      [`${name}, p95 ms`, percentile(list, 0.95)],
    ]),
    [`hybrid query in a batch of ${texts.length}, ms each`, batched],
    ['dense recall@10 against exact', recall, '≥ 0.95', recall >= 0.95],
  ].map(([measure, value, goal, met]) => ({ measure, ours: Number(value.toPrecision(4)), goal, met }));
  console.log('| measure | ours | goal | met |\n| --- | --- | --- | --- |');
  for (const { measure, ours, goal = '', met } of rows) {
    console.log(`| ${measure} | ${ours} | ${goal} | ${met === undefined ? '' : met ? 'yes' : 'no'} |`);
  }
  await store.close();
  if (values.record) {
    const machine = { cpu: cpus()[0]?.model, cores: cpus().length, node: process.version, load };
    const record = { command: 'node bench/retrieval/bench.mjs', chunks: CHUNKS, machine, table: rows };
    const file = new URL('baseline.json', import.meta.url);
    writeFileSync(file, `${JSON.stringify(record, null, 2)}\n`);
  }
  if (rows.some(({ met }) => met === false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
