// Sparse and multi-vector search, in memory and in LanceDB, on random data: the figures of docs/decisions/0020.
//   node bench/retrieval/kinds.mjs [--chunks 10000] [--kind sparse|tokens]
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { SeededRandom } from '@ragwright/core/base';
import { memoryStore } from '@ragwright/core/knowledge';
import { lanceStore } from '@ragwright/core/knowledge/stores/lancedb';

const { values } = parseArgs({
  options: {
    chunks: { type: 'string', default: '10000' },
    kind: { type: 'string', default: 'sparse' },
  },
});
const CHUNKS = Number(values.chunks);
const VOCABULARY = 30_522;
const TERMS_IN_CHUNK = 100;
const TERMS_IN_QUERY = 30;
const TOKEN_DIMENSIONS = 64;
const TOKENS_IN_CHUNK = 32;
const TOKENS_IN_QUERY = 16;
const CLUSTERS = 2000;
const random = new SeededRandom(1);

/** Places by a power law: the commonest terms stand in nearly every chunk. */
function sparse(terms) {
  const weights = new Map();
  while (weights.size < terms) {
    const place = Math.floor(VOCABULARY ** random.float()) - 1 + random.below(40);
    weights.set(Math.min(VOCABULARY - 1, place), 0.05 + 2 * random.float());
  }
  const sorted = [...weights].sort(([a], [b]) => a - b);
  return {
    indices: Int32Array.from(sorted, ([place]) => place),
    values: Float32Array.from(sorted, ([, weight]) => weight),
  };
}

const centres = Array.from({ length: CLUSTERS }, () =>
  Float32Array.from({ length: TOKEN_DIMENSIONS }, () => random.float() - 0.5),
);

/** Token vectors around centres; a chunk's tokens come from a handful of them, as a text has a topic. */
function tokens(count) {
  const topic = Array.from({ length: 12 }, () => random.below(CLUSTERS));
  const data = new Float32Array(count * TOKEN_DIMENSIONS);
  for (let i = 0; i < count; i++) {
    const centre = centres[topic[random.below(topic.length)]];
    for (let j = 0; j < TOKEN_DIMENSIONS; j++) {
      data[i * TOKEN_DIMENSIONS + j] = centre[j] + 0.5 * (random.float() - 0.5);
    }
  }
  return { dimensions: TOKEN_DIMENSIONS, data };
}

const chunkOf = (i) => ({
  id: `c${i}`,
  documentId: `d${i % 1000}`,
  index: 0,
  text: `chunk ${i} `.repeat(50),
  start: 0,
  end: 500,
  headingPath: [],
  source: 'x.txt',
  domain: `domain ${i % 10}`,
  metadata: {},
});

const isSparse = values.kind === 'sparse';
const queries = Array.from({ length: 20 }, () =>
  isSparse ? sparse(TERMS_IN_QUERY) : tokens(TOKENS_IN_QUERY),
);
const percentile = (numbers, share) => [...numbers].sort((a, b) => a - b)[Math.floor(share * numbers.length)];

async function measure(store) {
  const search = (some, options) =>
    isSparse ? store.searchSparse(some, options) : store.searchMultiVector(some, options);
  const timed = async (ask) => {
    const times = [];
    for (const query of [...queries.slice(0, 2), ...queries]) {
      const start = performance.now();
      await ask(query);
      times.push(performance.now() - start);
    }
    const kept = times.slice(2);
    return {
      p50: Math.round(10 * percentile(kept, 0.5)) / 10,
      p95: Math.round(10 * percentile(kept, 0.95)) / 10,
    };
  };
  const one = await timed((query) => search([query], { k: 10 }));
  const filtered = await timed((query) => search([query], { k: 10, filter: { domain: 'domain 3' } }));
  const start = performance.now();
  const lists = await search(queries, { k: 10 });
  const together = Math.round((performance.now() - start) / queries.length);
  const ids = lists.map((list) => list.map(({ chunk }) => chunk.id));
  return { one, filtered, together, ids };
}

const folder = mkdtempSync(join(tmpdir(), 'ragwright-kinds-'));
try {
  const lance = await lanceStore(folder);
  const memory = memoryStore();
  for (let start = 0; start < CHUNKS; start += 1000) {
    const rows = Array.from({ length: 1000 }, (_, i) => ({
      chunk: chunkOf(start + i),
      ...(isSparse ? { sparse: sparse(TERMS_IN_CHUNK) } : { tokens: tokens(TOKENS_IN_CHUNK) }),
    }));
    await lance.upsert(rows);
    await memory.upsert(rows);
  }
  const exact = await measure(memory);
  const results = { memory: exact, lancedb: await measure(lance) };
  const start = performance.now();
  await lance.optimize();
  const optimizeSeconds = (performance.now() - start) / 1000;
  results['lancedb, optimized'] = await measure(lance);
  const truth = exact.ids;
  for (const result of Object.values(results)) {
    const hits = result.ids.flatMap((list, q) => list.filter((id) => truth[q].includes(id)));
    result.recall = hits.length / truth.flat().length;
    delete result.ids;
  }
  console.log(
    JSON.stringify(
      { chunks: CHUNKS, kind: values.kind, load: loadavg()[0], optimizeSeconds, ...results },
      null,
      1,
    ),
  );
  await lance.close();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
