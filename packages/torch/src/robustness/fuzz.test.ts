import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';

/** What a child reports when it comes to its end. */
interface Report {
  readonly targets: number;
  readonly calls: number;
  readonly returned: number;
  readonly derivatives: number;
  readonly errors: Readonly<Record<string, number>>;
  readonly leaked: { readonly tensors: number; readonly bytes: number };
  /** Calls that threw something else than a TorchError. */
  readonly untyped: readonly string[];
}

// Another seed makes other calls: RAGWRIGHT_FUZZ_SEED, and more of them: RAGWRIGHT_FUZZ_ROUNDS (per target).
const { RAGWRIGHT_FUZZ_SEED: seed = '1', RAGWRIGHT_FUZZ_ROUNDS: wantedRounds } = process.env;
const rounds = (usual: number) => wantedRounds ?? String(usual);
const timeout = 540_000;

let folder = '';
/** When the file was last written, in ms; 0 if there is none. */
const written = (path: string): number =>
  statSync(fileURLToPath(new URL(path, import.meta.url)), { throwIfNoEntry: false })?.mtimeMs ?? 0;

/** The children import dist: one that is absent, or older than the generated sources, would test something else. */
function requireBuild(): void {
  const sources = readdirSync(fileURLToPath(new URL('../ops', import.meta.url)));
  const generated = sources.filter((name) => name.endsWith('.generated.ts')).map((name) => `../ops/${name}`);
  const built = written('../../dist/index.js') && written('../../dist/.tsbuildinfo'); // tsc's last run
  if (built < Math.max(...generated.map(written))) {
    throw new Error(`dist is ${built ? 'older than src/ops' : 'not built'}: run \`npm run build\``);
  }
}

beforeAll(() => {
  requireBuild();
  folder = mkdtempSync(join(tmpdir(), 'torch-fuzz-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Makes random calls in another process. A crash or a hang fails and names the call. */
async function attack(kind: string, count: string): Promise<Report> {
  const script = fileURLToPath(new URL('./calls.fixture.mjs', import.meta.url));
  const journal = join(folder, kind);
  const child = spawn(process.execPath, [script, kind, seed, count, journal], { timeout: timeout - 20_000 });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  child.stderr.on('data', (data) => {
    errors = (errors + data).slice(-2000);
  });
  const end = await new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'));
  });
  if (end !== 0) {
    const call = readFileSync(journal, 'utf8').trim();
    throw new Error(`the process ended (${end}) with seed ${seed} in the call\n${call}\n${errors}`);
  }
  // Before it, libtorch's libraries may have written (MKL does, about NaN).
  return JSON.parse(output.trim().split('\n').at(-1) ?? '') as Report;
}

/** Guards the test itself: calls must get through, and must fail in many ways. */
function expectVariety(report: Report, targets: number, usual: number): void {
  expect(report.targets).toBeGreaterThan(targets);
  expect(report.calls).toBe(report.targets * Number(rounds(usual)));
  expect(report.returned / report.calls).toBeGreaterThan(0.15);
  expect(Object.keys(report.errors)).toEqual(
    expect.arrayContaining([
      'ArgumentError',
      'ShapeError',
      'DTypeError',
      'TensorDisposedError',
      'DeviceError',
    ]),
  );
}

it.concurrent(
  'every function survives random arguments, throws typed errors, leaks nothing',
  async () => {
    const report = await attack('functions', rounds(50));
    expect(report.untyped).toEqual([]);
    expectVariety(report, 200, 50);
    expect(report.derivatives).toBeGreaterThan(100);
    expect(Object.keys(report.errors)).toContain('OutOfMemoryError');
    expect(report.leaked).toEqual({ tensors: 0, bytes: 0 });
  },
  timeout,
);

it.concurrent(
  'so does every member of Tensor',
  async () => {
    const report = await attack('methods', rounds(50));
    expect(report.untyped).toEqual([]);
    expectVariety(report, 150, 50);
    expect(report.leaked).toEqual({ tensors: 0, bytes: 0 });
  },
  timeout,
);

it(
  'so does every op of the addon, where any number may be a handle',
  async () => {
    const report = await attack('bound', rounds(40));
    expect(report.untyped).toEqual([]);
    expectVariety(report, 250, 40);
    expect(report.leaked).toEqual({ tensors: 0, bytes: 0 });
  },
  timeout,
);

it(
  'so does every other entry of the addon',
  async () => {
    const report = await attack('native', rounds(200));
    expect(report.untyped).toEqual([]);
    expectVariety(report, 40, 200);
  },
  timeout,
);
