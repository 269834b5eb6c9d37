/**
 * Puts what ours.mjs and peer.py wrote side by side: nDCG@10 of base and tuned models, with p by the paired
 * randomisation test. Folders hold NAME.json for each data set.
 *
 *   node bench/quality/table.mjs OURS_FOLDER PEER_FOLDER NAME… [--record]
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareMetric } from '@ragwright/core/evaluation';

const args = process.argv.slice(2).filter((arg) => arg !== '--record');
const [oursFolder, peerFolder, ...names] = args;
if (!oursFolder || !peerFolder || names.length === 0)
  throw new Error('usage: node bench/quality/table.mjs OURS_FOLDER PEER_FOLDER NAME… [--record]');

/** @param {string} folder @param {string} name */
const read = (folder, name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8'));
/** @param {{ 'ndcg@10': number, queries: Record<string, number> }} scores */
const result = (scores) => ({
  name: 'ndcg@10',
  mean: scores['ndcg@10'],
  perQuery: new Map(Object.entries(scores.queries)),
});

const rows = names.map((name) => {
  const ours = read(oursFolder, name);
  const peer = read(peerFolder, name);
  const gain = compareMetric(result(ours.before), result(ours.after));
  const against = compareMetric(result(peer.after), result(ours.after));
  return {
    name,
    queries: gain.queries,
    base: gain.base,
    basePeer: peer.before['ndcg@10'],
    peer: against.base,
    ours: gain.tuned,
    interval: gain.interval,
    pAgainstBase: gain.pValue,
    pAgainstPeer: against.pValue,
    settings: ours.settings,
  };
});
const four = (/** @type {number} */ value) => value.toFixed(4);
const p = (/** @type {number} */ value) => (value < 0.0001 ? '< 0.0001' : value.toFixed(4));
console.log(
  '| test split | questions | base | sentence-transformers | Ragwright | gain over base (95 %), p | p against s-t |',
);
console.log('|---|---|---|---|---|---|---|');
for (const row of rows) {
  const [low, high] = row.interval.map((value) => `${value >= 0 ? '+' : ''}${value.toFixed(3)}`);
  const gain = `+${(row.ours - row.base).toFixed(3)} (${low} to ${high}), ${p(row.pAgainstBase)}`.replace(
    '+-',
    '-',
  );
  console.log(
    `| ${row.name} | ${row.queries} | ${four(row.base)} | ${four(row.peer)} | **${four(row.ours)}** | ${gain} | ${p(row.pAgainstPeer)} |`,
  );
}
if (process.argv.includes('--record')) {
  const file = new URL('baseline.json', import.meta.url);
  writeFileSync(file, `${JSON.stringify({ command: 'bench/quality: see README', rows }, null, 2)}\n`);
}
