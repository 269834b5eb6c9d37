import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { jsonLines, makeWorkspace, ragwright, type Workspace } from './workspace.fixture.ts';

/* The real command in a process of its own: exit codes, what goes to which stream, Ctrl-C. Needs `tsc -b`. */

let space: Workspace;
beforeAll(async () => {
  space = await makeWorkspace();
});
afterAll(() => space?.remove());

type Kill = (signal: NodeJS.Signals) => void;

/** Acts the first time that a text is in the output. */
function once(text: string, act: (kill: Kill) => void) {
  let acted = false;
  return (out: string, kill: Kill) => {
    if (acted || !out.includes(text)) return;
    acted = true;
    act(kill);
  };
}

const inSpace = (name: string) => join(space.folder, name);

describe('init', () => {
  test('writes a config that tune understands, once', async () => {
    const cwd = space.folder;
    const first = await ragwright(['init', '--dir', 'new'], { cwd });
    expect(first).toMatchObject({ code: 0, err: '' });
    expect(existsSync(inSpace('new/documents/welcome.md'))).toBe(true);
    const checked = await ragwright(['tune', '--config', 'new', '--dry-run', '--json'], { cwd });
    expect(checked.err).toBe('');
    expect(checked.code).toBe(0);
    const settings = JSON.parse(checked.out);
    expect(settings.documents.path).toBe(inSpace('new/documents'));
    expect(settings.output).toBe(inSpace('new/runs/first'));
    const before = readFileSync(inSpace('new/ragwright.config.ts'), 'utf8');
    const again = await ragwright(['init', '--dir', 'new', '--json'], { cwd });
    expect(again.code).toBe(1);
    expect(JSON.parse(again.out).error.message).toContain('is there already');
    expect(readFileSync(inSpace('new/ragwright.config.ts'), 'utf8')).toBe(before);
  });
});

describe('config', () => {
  test('all problems at once, exit code 2', async () => {
    writeFileSync(inSpace('bad.json'), '{ "documents": "x", "trainin": {}, "split": { "dev": 2 } }');
    const { code, out, err } = await ragwright(['tune', '--config', inSpace('bad.json'), '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out).error.details.problems).toHaveLength(2);
    expect(err).toContain('trainin');
    expect(err).toContain('split.dev');
    expect(err).not.toContain('    at ');
  });
});

describe('embed', () => {
  const texts = () => inSpace('texts.jsonl');
  beforeAll(() => {
    writeFileSync(
      texts(),
      ['pain of the heart', '', 'itching '.repeat(100)]
        .map((text) => `${JSON.stringify({ text })}\n`)
        .join(''),
    );
  });

  test('.npy and .jsonl hold the same vectors; prompts by role', async () => {
    const embed = (output: string, ...more: string[]) =>
      ragwright([
        'embed',
        '--model',
        space.model,
        '--input',
        texts(),
        '--output',
        inSpace(output),
        '--json',
        ...more,
      ]);
    const npy = await embed('v.npy', '--precision', 'float32');
    expect(npy.code).toBe(0);
    expect(JSON.parse(npy.out)).toMatchObject({ texts: 3, dimensions: 32 });
    const lines = await embed('v.jsonl', '--precision', 'float32');
    expect(lines.code).toBe(0);
    const vectors = jsonLines(readFileSync(inSpace('v.jsonl'), 'utf8')).map(
      ({ vector }) => vector as number[],
    );
    const bytes = readFileSync(inSpace('v.npy'));
    const header = 10 + bytes.readUInt16LE(8);
    expect(bytes.length).toBe(header + 3 * 32 * 4);
    vectors.flat().forEach((value, i) => {
      expect(Math.fround(value)).toBe(bytes.readFloatLE(header + 4 * i));
    });
    for (const vector of vectors) expect(Math.hypot(...vector)).toBeCloseTo(1, 4);
    await embed('q.jsonl', '--as', 'query', '--precision', 'float32');
    const asQuery = jsonLines(readFileSync(inSpace('q.jsonl'), 'utf8')).map(
      ({ vector }) => vector as number[],
    );
    expect(asQuery[0]).not.toEqual(vectors[0]);
  });

  test('a model that is not there: exit code 1, what was tried, nothing written', async () => {
    const output = inSpace('none.npy');
    const args = ['embed', '--model', inSpace('nowhere'), '--input', texts(), '--output', output];
    const { code, err } = await ragwright(args);
    expect(code).toBe(1);
    expect(err).toContain('nowhere');
    expect(existsSync(output)).toBe(false);
  });

  test('a wrong ending is bad usage, told before anything is loaded', async () => {
    const { code, err } = await ragwright(['embed', '--model', 'x', '--input', texts(), '--output', 'v.txt']);
    expect(code).toBe(2);
    expect(err).toContain('.npy or .jsonl');
  });
});

test('eval --json is one document with metrics', async () => {
  const { code, out } = await ragwright(['eval', '--data', space.data, '--model', space.model, '--json']);
  expect(code).toBe(0);
  const result = JSON.parse(out);
  expect(result).toMatchObject({ split: 'test', queries: 10, documents: 60 });
  expect(result['ndcg@10']).toBeGreaterThanOrEqual(0);
  expect(result['ndcg@10']).toBeLessThanOrEqual(1);
  const wrong = await ragwright([
    'eval',
    '--data',
    space.data,
    '--model',
    space.model,
    '--metric',
    'ndgc@10',
  ]);
  expect(wrong.code).not.toBe(0);
  expect(wrong.err).toContain('ndgc@10');
});

describe('train embedder', () => {
  const args = (out: string) => [
    'train',
    'embedder',
    '--data',
    space.data,
    '--model',
    space.model,
    '--out',
    inSpace(out),
    '--json',
    'epochs=60',
    'batchSize=8',
    'learningRate=1e-3',
    'precision=float32',
    'checkpointEvery=10',
  ];
  const ndcg = async (model: string) =>
    JSON.parse((await ragwright(['eval', '--data', space.data, '--model', model, '--json'])).out)['ndcg@10'];

  test('Ctrl-C saves and ends with 130; --resume goes on; the model is better', async () => {
    const interrupted = await ragwright(args('run'), {
      onOutput: once('"step":12,', (kill) => kill('SIGINT')),
    });
    expect(interrupted.code).toBe(130);
    const events = jsonLines(interrupted.out);
    expect(events.at(-1)).toMatchObject({ type: 'result', finished: 'interrupted' });
    expect(existsSync(inSpace('run/checkpoints'))).toBe(true);
    expect(existsSync(inSpace('run/model'))).toBe(false);
    const resumed = await ragwright([...args('run'), '--resume']);
    expect(resumed.err).not.toContain('ragwright:');
    expect(resumed.code).toBe(0);
    const first = jsonLines(resumed.out).find(({ type }) => type === 'step');
    expect(first?.['step']).toBeGreaterThan(10);
    expect(jsonLines(resumed.out).at(-1)).toMatchObject({ type: 'result', model: inSpace('run/model') });
    expect(await ndcg(inSpace('run'))).toBeGreaterThan((await ndcg(space.model)) + 0.1);
  });

  test('the second Ctrl-C ends it at once', async () => {
    const ended = await ragwright(args('twice'), {
      onOutput: once('"type":"step"', (kill) => {
        kill('SIGINT');
        setTimeout(() => kill('SIGINT'), 1); // two at once may arrive as one
      }),
    });
    expect(ended.code).toBe(130);
  });

  test('a setting that is not there is exit code 2', async () => {
    const { code, err } = await ragwright([...args('never'), 'epocs=3']);
    expect(code).toBe(2);
    expect(err).toContain('epocs');
    expect(existsSync(inSpace('never'))).toBe(false);
  });
});

test('ingest, ingest again, ask', async () => {
  const store = inSpace('store');
  const ingest = () =>
    ragwright(['ingest', '--data', space.documents, '--model', space.model, '--store', store, '--json'], {
      cwd: space.folder,
    });
  const first = await ingest();
  expect(first.err).not.toContain('ragwright:');
  expect(first.code).toBe(0);
  expect(jsonLines(first.out).at(-1)).toMatchObject({ type: 'result', documents: 2, added: 2 });
  expect(jsonLines((await ingest()).out).at(-1)).toMatchObject({ added: 0, unchanged: 2, embedded: 0 });
  const ask = (...more: string[]) => ragwright(['ask', 'pain of the heart', '--store', store, ...more]);
  for (const mode of ['dense', 'bm25', 'hybrid']) {
    const { code, out } = await ask('--mode', mode, '--k', '1', '--json');
    expect(code).toBe(0);
    const { passages } = JSON.parse(out);
    expect(passages).toHaveLength(1);
    if (mode === 'bm25') expect(passages[0].source).toBe('heart.md');
  }
  const filtered = JSON.parse((await ask('--mode', 'bm25', '--filter', 'source=skin.txt', '--json')).out);
  for (const { source } of filtered.passages) expect(source).toBe('skin.txt');
  expect((await ask('--mode', 'bm25')).out).toContain('Pain of the heart needs a doctor');
  const missing = await ragwright(['ask', 'x', '--store', inSpace('empty')]);
  expect(missing).toMatchObject({ code: 2, out: '' });
});

test('tune, then ask what it made', async () => {
  const out = inSpace('tuned');
  const words = [
    'training.epochs=30',
    'training.batchSize=8',
    'training.learningRate=1e-3',
    'precision=float32',
  ];
  const args = ['tune', '--data', space.data, '--model', space.model, '--out', out, '--json', ...words];
  const tuned = await ragwright(args);
  expect(tuned.err).not.toContain('ragwright:');
  expect(tuned.code).toBe(0);
  const result = jsonLines(tuned.out).at(-1);
  expect(result).toMatchObject({
    type: 'result',
    finished: 'done',
    fromScratch: false,
    report: join(out, 'report.html'),
  });
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(page).toMatch(/The tuned model is (better|worse|not shown)/);
  expect(readFileSync(join(out, 'model', 'README.md'), 'utf8')).toContain(
    'library_name: sentence-transformers',
  );
  expect(existsSync(join(out, 'config.resolved.json'))).toBe(true);
  const ask = await ragwright([
    'ask',
    'pain of the heart',
    '--store',
    join(out, 'index'),
    '--mode',
    'dense',
    '--json',
  ]);
  expect(ask.err).not.toContain('warning');
  expect(ask.code).toBe(0);
  expect(JSON.parse(ask.out).passages).toHaveLength(5);
});

test('pairs: synth, mine, inspect', async () => {
  const made = inSpace('made.jsonl');
  const synth = await ragwright(['pairs', 'synth', '--data', space.data, '--output', made, '--json']);
  expect(synth.code).toBe(0);
  expect(JSON.parse(synth.out).pairs).toBeGreaterThan(0);
  const mined = inSpace('mined.jsonl');
  const args = ['pairs', 'mine', '--data', space.data, '--model', space.model, '--output', mined, '--json'];
  const mine = await ragwright([...args, 'negatives=2']);
  expect(mine.code).toBe(0);
  expect(JSON.parse(mine.out)).toMatchObject({ output: mined, rows: 40 });
  for (const file of [made, mined]) {
    const inspected = await ragwright(['pairs', 'inspect', file, '--json']);
    expect(inspected.code).toBe(0);
    expect(JSON.parse(inspected.out).rows).toBeGreaterThan(0);
  }
  const { out } = await ragwright(['pairs', 'inspect', mined]);
  expect(out).toContain('40 rows');
});

test('models inspect and list', async () => {
  const { code, out } = await ragwright(['models', 'inspect', space.model, '--json']);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ modelType: 'bert', layers: 2, hiddenSize: 32, supported: true });
  const list = await ragwright(['models', 'list', '--json'], {
    env: { HF_HOME: inSpace('hf'), XDG_CACHE_HOME: inSpace('cache') },
  });
  expect(JSON.parse(list.out)).toEqual([]);
});

test('doctor finds the engine', async () => {
  const { code, out } = await ragwright(['doctor', '--json'], { env: { HF_ENDPOINT: 'http://127.0.0.1:9' } });
  expect(code).toBe(0);
  const { ok, checks } = JSON.parse(out);
  expect(ok).toBe(true);
  const byName = Object.fromEntries(checks.map((check: { name: string }) => [check.name, check]));
  expect(byName['libtorch']).toMatchObject({ status: 'ok', found: expect.stringContaining('libtorch') });
  expect(byName['hub'].status).toBe('warning');
});
