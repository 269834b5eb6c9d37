#!/usr/bin/env node
/*
 * Runs a benchmark against its Python peer, one after the other in turn (A B A B …), each in its own process
 * with the same number of threads, and prints the medians.
 *
 *   npm run build
 *   node bench/run.mjs <ops|train-minilm|train-dropout|packed-vs-padded|attention|encode|rerank> --python <python>
 *
 * Options: --rounds <n> (default 3), --threads <n> (default 2), --record (writes <name>/baseline.json); of rerank,
 * --data <BEIR folder> and --steps <n>: everything is shorter with fewer.
 * Each side prints one JSON object of numbers (or lists of numbers) as its last line.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const here = fileURLToPath(new URL('.', import.meta.url));
const known = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && existsSync(join(here, entry.name, 'rows.mjs')))
  .map((entry) => entry.name);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '3' },
    threads: { type: 'string', default: '2' },
    record: { type: 'boolean', default: false },
    data: { type: 'string', default: '' },
    steps: { type: 'string', default: '' },
  },
});
const [name = ''] = positionals;
if (!known.includes(name)) {
  console.error(
    `usage: node bench/run.mjs <${known.join('|')}> [--python <path>] [--rounds <n>] [--threads <n>] [--record]`,
  );
  process.exit(2);
}

const folder = join(here, name);
const scratch = mkdtempSync(join(tmpdir(), 'ragwright-bench-'));
const env = { ...process.env, OMP_NUM_THREADS: values.threads, MKL_NUM_THREADS: values.threads };

function run(command, args) {
  const done = spawnSync(command, args, { env, encoding: 'utf8', maxBuffer: 1 << 26 });
  if (done.error) throw done.error;
  if (done.status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed:\n${done.stderr}${done.stdout}`);
  return JSON.parse(done.stdout.trim().split('\n').at(-1) ?? '');
}

const median = (numbers) => {
  const sorted = [...numbers].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/** Median of each number over the rounds; a list is median-ed element by element. */
function medians(runs) {
  return Object.fromEntries(
    Object.entries(runs[0]).map(([key, first]) => [
      key,
      Array.isArray(first)
        ? first.map((_, i) => median(runs.map((each) => each[key][i])))
        : typeof first === 'number'
          ? median(runs.map((each) => each[key]))
          : first,
    ]),
  );
}

const round = (value) => (Number.isFinite(value) ? Number(value.toPrecision(4)) : undefined);

try {
  const python = (...args) =>
    run(values.python, [join(folder, 'bench.py'), scratch, values.threads, ...args]);
  const ours = () =>
    run(process.execPath, ['--expose-gc', join(folder, 'bench.mjs'), scratch, values.threads]);
  const about = python('prepare', values.data, values.steps);
  const runs = { ours: [], python: [] };
  const load = loadavg()[0] ?? 0; // what else ran on the machine before the first round
  if (load > 1) console.error(`the machine is busy (load ${load.toFixed(1)}): figures will be off`);
  for (let i = 0; i < Number(values.rounds); i++) {
    runs.ours.push(ours());
    runs.python.push(python('run'));
    console.error(`round ${i + 1}: ours ${JSON.stringify(runs.ours.at(-1))}`);
    console.error(`round ${i + 1}: python ${JSON.stringify(runs.python.at(-1))}`);
  }
  const result = { ours: medians(runs.ours), python: medians(runs.python) };
  const { rows } = await import(pathToFileURL(join(folder, 'rows.mjs')).href);
  const table = rows(result.ours, result.python).map((row) => ({
    ...row,
    ours: round(row.ours),
    python: round(row.python),
    ratio: round(row.ours / row.python),
  }));
  console.log('| measure | ours | Python | ratio | goal | met |\n| --- | --- | --- | --- | --- | --- |');
  for (const { measure, ours: a, python: b = '', ratio = '', goal = '', met } of table) {
    console.log(
      `| ${measure} | ${a} | ${b} | ${ratio} | ${goal} | ${met === undefined ? '' : met ? 'yes' : 'no'} |`,
    );
  }
  if (values.record) {
    const [cpu] = cpus();
    const machine = {
      cpu: cpu?.model,
      threads: Number(values.threads),
      node: process.version,
      load: round(load),
      ...about,
    };
    const record = { command: `node bench/run.mjs ${name}`, rounds: Number(values.rounds), machine, table };
    writeFileSync(join(folder, 'baseline.json'), `${JSON.stringify(record, null, 2)}\n`);
  }
  if (table.some(({ met }) => met === false)) process.exitCode = 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
