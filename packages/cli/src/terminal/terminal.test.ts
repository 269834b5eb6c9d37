import type { RunEvent } from '@ragwright/core/base';
import { expect, test } from 'vitest';
import { progress } from './progress.ts';
import { columns, printable, style, wantsColour } from './style.ts';
import { terminal } from './terminal.ts';

const plain = style(false);
const at = (done: number): RunEvent => ({
  type: 'progress',
  stage: 'embed',
  done,
  total: 100,
  unit: 'texts',
  rate: 10,
  secondsLeft: 9,
});
const stage = (status: 'started' | 'done'): RunEvent => ({
  type: 'stage',
  stage: 'embed',
  status,
  ...(status === 'done' ? { seconds: 12.3, summary: '100 vectors' } : {}),
});

function recorded(live: boolean) {
  let written = '';
  let time = 0;
  const shown = progress(
    (text) => {
      written += text;
    },
    { live, style: plain, now: () => time, columns: () => 60 },
  );
  return { shown, tick: (milliseconds: number) => (time += milliseconds), written: () => written };
}

test('plain: a line every five seconds, stages at once', () => {
  const { shown, tick, written } = recorded(false);
  shown.show(stage('started'));
  for (let i = 1; i <= 100; i++) {
    tick(100);
    shown.show(at(i));
  }
  shown.show(stage('done'));
  const lines = written().trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toBe('embed …');
  expect(lines[1]).toContain('50/100 texts · 10/s · 9.0 s left');
  expect(lines[3]).toBe('✓ embed  12 s  100 vectors');
  expect(written()).not.toContain('\u001b');
});

test('live: one line that is written over, never wider than the terminal', () => {
  const { shown, tick, written } = recorded(true);
  shown.show(stage('started'));
  const step: RunEvent = {
    type: 'step',
    stage: 'train',
    step: 7,
    totalSteps: 240,
    epoch: 0.03,
    loss: 0.51234,
    gradNorm: 1.2,
    learningRate: 1e-5,
    tokens: 900,
    tokensPerSecond: 1692.4,
    secondsLeft: 100,
  };
  tick(100);
  shown.show(step);
  tick(10);
  shown.show({ ...step, loss: 9 }); // too soon
  shown.show(stage('done'));
  const text = written();
  expect(text).toContain('step 7/240 · loss 0.51');
  expect(text).not.toContain('loss 9');
  expect(text.split('\n')).toHaveLength(2);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal codes
  for (const line of text.split(/\r\u001b\[2K|\n/)) expect(line.length).toBeLessThan(60);
  expect(text.endsWith('\r\u001b[2K✓ embed  12 s  100 vectors\n')).toBe(true);
});

test('json: results and event lines on standard output, the rest on standard error; secrets masked', () => {
  const out: string[] = [];
  const err: string[] = [];
  const shown = terminal({
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
    env: { HF_TOKEN: 'verysecretvalue' },
    json: true,
    quiet: false,
  });
  shown.event(stage('done'), true);
  shown.event({ type: 'notice', level: 'warning', message: 'verysecretvalue at https://me:pw@host/x' });
  shown.line({ type: 'result', token: 'verysecretvalue' }, 'text');
  expect(out.map((line) => JSON.parse(line).type)).toEqual(['stage', 'result']);
  expect(out.join('')).not.toContain('verysecret');
  expect(err.join('')).toContain('! warning: *** at https://***@host/x');
});

test('quiet shows no progress, but results', () => {
  const out: string[] = [];
  const err: string[] = [];
  const shown = terminal({
    out: { write: (text) => out.push(text) },
    err: { write: (text) => err.push(text) },
    env: {},
    json: false,
    quiet: true,
  });
  shown.event(stage('done'));
  shown.say('remark');
  shown.result({ a: 1 }, 'the text');
  expect(err).toEqual([]);
  expect(out).toEqual(['the text\n']);
});

test('colours only where they are wanted; control sequences of documents are defused', () => {
  expect(wantsColour({ isTTY: true }, {})).toBe(true);
  expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
  expect(wantsColour({}, {})).toBe(false);
  expect(wantsColour({}, { FORCE_COLOR: '1' })).toBe(true);
  expect(printable('a\u001b[2Jb\u202ec\nd')).toBe('a\ufffd[2Jb\ufffdc\nd');
  expect(
    columns([
      ['a', '1.0'],
      ['long', '12.0'],
    ]),
  ).toBe('a      1.0\nlong  12.0');
});
