import { ConfigError, DataError, RagwrightError } from '@ragwright/core/base';
import { expect, test } from 'vitest';
import { CommandError, UsageError } from './command/errors.ts';
import { describeError } from './describeError.ts';

test.each([
  [new UsageError('bad', 'do this'), { exitCode: 2, name: 'UsageError', message: 'bad', advice: 'do this' }],
  [
    new ConfigError('c.ts', [{ field: 'a.b', expected: 'a number', got: '"x"' }]),
    {
      exitCode: 2,
      details: { file: 'c.ts', problems: [{ field: 'a.b', expected: 'a number', got: '"x"' }] },
    },
  ],
  [new CommandError('no', 'yes'), { exitCode: 1, advice: 'yes' }],
  [new DataError({ file: 'f', line: 3, expected: 'x', got: 'y' }), { exitCode: 1, details: { line: 3 } }],
  [new RagwrightError('ours'), { exitCode: 1, message: 'ours' }],
  [
    Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }),
    { exitCode: 1, advice: /disk is full/ },
  ],
  [new TypeError('x is not a function'), { exitCode: 1, advice: /--debug/ }],
  ['thrown text', { exitCode: 1, message: 'thrown text' }],
])('%s', (error, expected) => {
  const described = describeError(error, {});
  for (const [key, value] of Object.entries(expected)) {
    const got = described[key as keyof typeof described];
    if (value instanceof RegExp) expect(got).toMatch(value);
    else if (typeof value === 'object') expect(got).toMatchObject(value);
    else expect(got).toBe(value);
  }
});

test('secrets are masked', () => {
  const env = { PGVECTOR_URL: 'postgres://me:hunter22@db/x', SOME_API_KEY: 'abcdefgh', PATH: '/usr/bin' };
  const error = new RagwrightError(
    'postgres://me:hunter22@db/x with abcdefgh and hf_zyxwvutsrqponmlkjihg in /usr/bin',
  );
  expect(describeError(error, env).message).toBe('postgres://***@db/x with *** and *** in /usr/bin');
});
