import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { parseSettings, withoutUndefined } from './settings.ts';

const schema = z.strictObject({
  rate: z.number().positive().default(0.1),
  kind: z.enum(['a', 'b']).default('a'),
  nested: z.strictObject({ count: z.int().min(2) }).optional(),
  choice: z.union([z.literal('auto'), z.int().min(1)]).default('auto'),
  loss: z.union([z.enum(['x', 'y']), z.strictObject({ name: z.enum(['x', 'y']) })]).default('x'),
});

function problems(value: unknown): readonly ConfigProblem[] {
  try {
    parseSettings(schema, value, 'some settings');
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).file).toBe('some settings');
    return (error as ConfigError).problems;
  }
  return [];
}

describe('parseSettings', () => {
  it('fills in defaults', () => {
    expect(parseSettings(schema, { rate: 2 }, '')).toEqual({ rate: 2, kind: 'a', choice: 'auto', loss: 'x' });
  });

  it('lists every problem with its path, what was expected and what came', () => {
    expect(problems({ rate: -1, kind: 'c', nested: { count: 1.5, number: 1 }, speed: 3 })).toEqual([
      { field: 'rate', expected: 'number to be >0', got: '-1' },
      { field: 'kind', expected: 'one of a, b', got: '"c"' },
      { field: 'nested.count', expected: 'int', got: '1.5' },
      { field: 'nested.number', expected: 'one of count', got: 'an unknown key' },
      { field: 'speed', expected: 'one of rate, kind, nested, choice, loss', got: 'an unknown key' },
    ]);
    expect(problems(3)).toEqual([{ field: '', expected: 'object', got: '3' }]);
    expect(problems({ rate: Number.NaN })).toMatchObject([{ field: 'rate', expected: 'number' }]);
  });

  it('tells the alternatives, or what is wrong with the one that was meant', () => {
    expect(problems({ choice: 'auot' })).toEqual([
      { field: 'choice', expected: 'one of auto, or number', got: '"auot"' },
    ]);
    expect(problems({ loss: { name: 'z' } })).toEqual([
      { field: 'loss.name', expected: 'one of x, y', got: '"z"' },
    ]);
    expect(problems({ loss: 'z' })).toEqual([
      { field: 'loss', expected: 'one of x, y, or object', got: '"z"' },
    ]);
  });
});

it('withoutUndefined', () => {
  expect(withoutUndefined({ a: undefined, b: null, c: 0 })).toEqual({ b: null, c: 0 });
});

it('a kind that a discriminated union does not know', () => {
  const schema = z.strictObject({
    pairs: z.discriminatedUnion('from', [
      z.strictObject({ from: z.literal('beir') }),
      z.strictObject({ from: z.literal('jsonl') }),
    ]),
  });
  expect(() => parseSettings(schema, { pairs: { from: 'llm' } }, 'config')).toThrow(
    'pairs.from: expected one of beir, jsonl, got "llm"',
  );
});
