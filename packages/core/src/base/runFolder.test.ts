import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError } from './errors.ts';
import type { RunEvent } from './progress.ts';
import {
  forgetEvents,
  RunFolderError,
  readRunEvents,
  recordEvents,
  writeResolvedConfig,
} from './runFolder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ragwright-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const notice = (message: string): RunEvent => ({ type: 'notice', level: 'info', message });
const evaluation = (step: number): RunEvent => {
  return {
    type: 'evaluation',
    stage: 'train',
    model: `step ${step}`,
    step,
    split: 'dev',
    metrics: { 'ndcg@10': 0.5 },
  };
};

async function* saying(...events: RunEvent[]): AsyncGenerator<RunEvent, string, undefined> {
  yield* events;
  return 'the end';
}

async function drain<T>(events: AsyncGenerator<RunEvent, T, undefined>): Promise<T> {
  for (;;) {
    const next = await events.next();
    if (next.done) return next.value;
  }
}

const messages = async (): Promise<unknown[]> =>
  (await readRunEvents(folder)).map((event) => ('message' in event ? event.message : event.type));

describe('events.jsonl', () => {
  it('holds every event with its time before it is passed on, and the end is passed on too', async () => {
    const nested = join(folder, 'a', 'b');
    const events = recordEvents(nested, saying(notice('one'), evaluation(3)));
    expect((await events.next()).value).toEqual(notice('one'));
    const [first, ...others] = await readRunEvents(nested);
    expect(others).toEqual([]);
    expect(first).toEqual({ ...notice('one'), time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) });
    expect(await drain(events)).toBe('the end');
    expect((await readRunEvents(nested)).at(-1)).toMatchObject(evaluation(3));
    expect(readFileSync(join(nested, 'events.jsonl'), 'utf8').split('\n')).toHaveLength(3);
  });

  it('is empty before the run', async () => {
    expect(await readRunEvents(folder)).toEqual([]);
  });

  it('goes on behind what is there; half a last line is passed over, then cut off', async () => {
    await drain(recordEvents(folder, saying(notice('one'))));
    appendFileSync(join(folder, 'events.jsonl'), '{"type":"notice","message":"ü ha');
    expect(await messages()).toEqual(['one']);
    await drain(recordEvents(folder, saying(notice('two'))));
    expect(await messages()).toEqual(['one', 'two']);
  });

  it('names a bad line in the middle', async () => {
    writeFileSync(join(folder, 'events.jsonl'), '{"type":"notice"}\n[1]\n');
    await expect(readRunEvents(folder)).rejects.toMatchObject({ name: 'DataError', details: { line: 2 } });
    writeFileSync(join(folder, 'events.jsonl'), '{"type"\n{"type":"notice"}\n');
    await expect(readRunEvents(folder)).rejects.toBeInstanceOf(DataError);
  });

  it('forgets what will be said again', async () => {
    await drain(recordEvents(folder, saying(notice('one'), evaluation(1), evaluation(2), notice('two'))));
    await forgetEvents(folder, (event) => event.type === 'evaluation' && event.step === 2);
    expect((await readRunEvents(folder)).map(({ type }) => type)).toEqual(['notice', 'evaluation', 'notice']);
    await forgetEvents(join(folder, 'nowhere'), () => true);
  });

  it('closes the run when the reader stops', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<RunEvent, void, undefined> {
      try {
        for (let i = 0; ; i++) yield notice(String(i));
      } finally {
        closed = true;
      }
    }
    for await (const event of recordEvents(folder, endless())) {
      if ('message' in event && event.message === '2') break;
    }
    expect(closed).toBe(true);
    expect(await messages()).toEqual(['0', '1', '2']);
  });

  it('that cannot be written is a typed error', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(drain(recordEvents(file, saying(notice('x'))))).rejects.toBeInstanceOf(RunFolderError);
    await expect(writeResolvedConfig(file, {})).rejects.toBeInstanceOf(RunFolderError);
  });
});

it('config.resolved.json', async () => {
  await writeResolvedConfig(join(folder, 'new'), { a: { b: 1 } });
  expect(JSON.parse(readFileSync(join(folder, 'new', 'config.resolved.json'), 'utf8'))).toEqual({
    a: { b: 1 },
  });
});
