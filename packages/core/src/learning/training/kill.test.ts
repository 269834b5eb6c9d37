import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TrainingStepEvent } from '../../base/progress.ts';
import { readRunEvents } from '../../base/runFolder.ts';
import { type Child, checkBuild, type Line, linesOf, trainInChild } from './child.fixture.ts';

const kills = 32;
const settings = { epochs: 4, maxSteps: 30, checkpointEvery: 1, evaluateEvery: 5, learningRate: 1e-3 };

let root: string;
let expected: Line | undefined;
let losses: number[];
beforeAll(async () => {
  checkBuild();
  root = mkdtempSync(join(tmpdir(), 'ragwright-kill-'));
  const child = trainInChild(join(root, 'whole'), { ...settings, checkpointEvery: 0 }, { evaluates: true });
  expected = (await linesOf(child)).at(-1);
  losses = await lossesIn(join(root, 'whole'));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function lossesIn(folder: string): Promise<number[]> {
  const events = await readRunEvents(folder);
  const steps = events.filter((event) => event.type === 'step') as TrainingStepEvent[];
  expect(steps.map(({ step }) => step)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
  const evaluated = events.filter((event) => event.type === 'evaluation').map(({ step }) => step);
  expect(evaluated).toEqual([0, 5, 10, 15, 20, 25, 30]);
  return steps.map(({ loss }) => loss);
}

/** What must be equal to the run that nobody killed. */
function checkEnd(end: Line | undefined): void {
  expect(expected).toMatchObject({ type: 'end', steps: 30, finished: 'done', weights: expect.any(String) });
  const { weights, loss, tokens, best } = expected as Extract<Line, { type: 'end' }>;
  expect(end).toMatchObject({ type: 'end', steps: 30, finished: 'done', weights, loss, tokens });
  expect((end as Extract<Line, { type: 'end' }>).best).toMatchObject({
    step: best?.step,
    metric: best?.metric,
  });
}

/** Kills the child at a random moment once it trains; its last line, if it ended before. */
async function killAtRandom(child: Child): Promise<Line | undefined> {
  let last: Line | undefined;
  for await (const line of child.lines) {
    if (line === 'ready') void sleep(Math.random() * 150).then(() => child.process.kill('SIGKILL'));
    last = line;
  }
  return (await child.ended) === 'SIGKILL' ? undefined : last;
}

const isHalfWritten = (folder: string): boolean =>
  existsSync(join(folder, 'checkpoints')) &&
  readdirSync(join(folder, 'checkpoints')).some((name) => name.startsWith('.'));

it(`killed ${kills} times at random moments, also while it writes, a run ends with the same weights`, async () => {
  let runs = 0;
  let halfWritten = 0;
  let folder = join(root, 'run 0');
  for (let killed = 0; killed < kills; ) {
    const end = await killAtRandom(trainInChild(folder, settings, { evaluates: true }));
    if (!end) {
      killed++;
      if (isHalfWritten(folder)) halfWritten++;
      continue;
    }
    checkEnd(end);
    expect(await lossesIn(folder)).toEqual(losses);
    folder = join(root, `run ${++runs}`);
  }
  checkEnd((await linesOf(trainInChild(folder, settings, { evaluates: true }))).at(-1));
  expect(await lossesIn(folder)).toEqual(losses);
  expect(isHalfWritten(folder), 'leftovers are cleaned').toBe(false);
  expect(halfWritten, 'kills in the middle of a checkpoint').toBeGreaterThan(0);
}, 120_000);

it('Ctrl-C saves a checkpoint and ends; resumed, the weights are the same', async () => {
  const folder = join(root, 'interrupted');
  const rare = { ...settings, checkpointEvery: 0 };
  for (let interrupts = 0; interrupts < 2; interrupts++) {
    const child = trainInChild(folder, rare, { evaluates: true });
    const lines: Line[] = [];
    for await (const line of child.lines) {
      lines.push(line);
      const isStep = typeof line === 'object' && line.type === 'step';
      if (isStep && line.step % 4 === 3) child.process.kill('SIGINT');
    }
    expect(await child.ended).toBe(0);
    const end = lines.at(-1) as Extract<Line, { type: 'end' }>;
    expect(end.finished).toBe('interrupted');
    expect(existsSync(join(folder, 'checkpoints', `step-${end.steps}`, 'manifest.json'))).toBe(true);
  }
  checkEnd((await linesOf(trainInChild(folder, rare, { evaluates: true }))).at(-1));
  expect(await lossesIn(folder)).toEqual(losses);
});

it.skipIf(process.platform === 'win32')(
  'a full disk is a typed error that leaves nothing half-written',
  async () => {
    for (const limit of [40, 120]) {
      // the model does not fit; it does, but not the optimizer's state
      const folder = join(root, `full ${limit}`);
      const lines = await linesOf(trainInChild(folder, { maxSteps: 3, checkpointEvery: 2 }, { limit }));
      expect(lines.at(-1)).toMatchObject({ type: 'error', name: 'CheckpointError' });
      expect((lines.at(-1) as { message: string }).message).toMatch(
        /step-2.*could not be written.*EFBIG|too large/s,
      );
      expect(readdirSync(join(folder, 'checkpoints'))).toEqual([]);
      const end = (await linesOf(trainInChild(folder, { maxSteps: 3, checkpointEvery: 2 }))).at(-1);
      expect(end).toMatchObject({ type: 'end', finished: 'done', steps: 3 });
    }
  },
);
