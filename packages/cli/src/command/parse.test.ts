import { describe, expect, test } from 'vitest';
import { defineCommand } from './define.ts';
import { UsageError } from './errors.ts';
import { commandHelp } from './help.ts';
import { parseCommand } from './parse.ts';
import { suggest } from './suggest.ts';

const command = defineCommand({
  summary: 'Try things',
  options: {
    model: { kind: 'text', hint: 'DIR', required: true, about: 'The model' },
    as: { kind: 'text', hint: 'ROLE', choices: ['query', 'document'], about: 'The role' },
    k: {
      kind: 'number',
      hint: 'N',
      short: 'k',
      whole: true,
      min: 1,
      max: 100,
      default: 5,
      about: 'How many',
    },
    filter: { kind: 'text', hint: 'KEY=VALUE', many: true, about: 'Which' },
    fast: { kind: 'flag', about: 'Be quick' },
  },
  words: [
    { name: 'question', required: true, about: 'What to ask' },
    { name: 'more', about: 'More' },
  ],
  examples: ['ragwright try --model x "what?"'],
  async run() {},
});

const parse = (...args: string[]) => parseCommand(command, args);

test('values by their kind, words in order, defaults filled in', () => {
  expect(parse('--model', 'm', 'what?', '-k', '3', '--filter', 'a=1', '--filter=b=2', '--fast')).toEqual({
    values: {
      model: 'm',
      as: undefined,
      k: 3,
      filter: ['a=1', 'b=2'],
      fast: true,
      json: false,
      quiet: false,
      debug: false,
      help: false,
    },
    words: ['what?'],
  });
  expect(parse('--model=m', 'q').values).toMatchObject({ k: 5, filter: [], fast: false });
});

test('after -- everything is a word', () => {
  expect(parse('--model', 'm', '--', '--what').words).toEqual(['--what']);
});

describe('usage errors', () => {
  test.each([
    [['--model', 'm', 'q', '--modle', 'x'], 'Unknown option --modle', 'Did you mean --model?'],
    [['--model', 'm', 'q', '--zzz'], 'Unknown option --zzz', undefined],
    [['--model', 'm', 'q', '-x'], 'Unknown option -x', undefined],
    [['q'], '--model DIR is missing', undefined],
    [['q', '--model'], '--model needs a value: --model DIR', undefined],
    [['q', '--model='], '--model needs a value: --model DIR', undefined],
    [['q', '--model', 'a', '--model', 'b'], '--model is given 2 times', undefined],
    [['--model', 'm', 'q', '-k', '0'], '--k is a whole number from 1 to 100, not 0', undefined],
    [['--model', 'm', 'q', '-k', '1.5'], '--k is a whole number from 1 to 100, not 1.5', undefined],
    [['--model', 'm', 'q', '-k', 'ten'], '--k is a whole number from 1 to 100, not ten', undefined],
    [
      ['--model', 'm', 'q', '--as', 'docment'],
      '--as is one of query, document, not docment',
      'Did you mean document?',
    ],
    [['--model', 'm', 'q', '--fast=yes'], '--fast takes no value', undefined],
    [['--model', 'm'], '<question> is missing: What to ask', undefined],
    [['--model', 'm', 'a', 'b', 'c'], 'c is one word too many', 'Texts with spaces need quotes.'],
    [['--model', 'm', 'q', '--constructor'], 'Unknown option --constructor', undefined],
  ])('%j', (args, message, advice) => {
    const error = (() => {
      try {
        parseCommand(command, args);
        return undefined;
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(UsageError);
    expect(error).toMatchObject({ message, advice });
  });
});

test('help names every option, default and choice, and fits a terminal', () => {
  const help = commandHelp('ragwright try', command);
  expect(help).toContain('Usage: ragwright try --model DIR [options] <question> [<more>]');
  expect(help).toContain('-k, --k N');
  expect(help).toContain('How many; default 5');
  expect(help).toContain('query | document');
  expect(help).toContain('may be repeated');
  expect(help).toContain('--json');
  expect(help).toContain('ragwright try --model x "what?"');
  for (const line of help.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
});

test('suggest finds what was meant, and nothing far off', () => {
  const names = ['ingest', 'embed', 'eval', 'tune', 'doctor'];
  expect(suggest('ebmed', names)).toBe('embed');
  expect(suggest('tnue', names)).toBe('tune');
  expect(suggest('doc', names)).toBe('doctor');
  expect(suggest('xyz', names)).toBeUndefined();
  expect(suggest('', names)).toBeUndefined();
});
