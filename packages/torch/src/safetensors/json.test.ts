import { describe, expect, test } from 'vitest';
import { thrownBy } from './golden.fixture.ts';
import { type Json, JsonProblem, OtherNumber, parseJson } from './json.ts';

/** Maps and OtherNumbers as JSON.parse would give them. */
function plain(value: Json): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, item]) => [key, plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return value instanceof OtherNumber ? Number(value.text) : value;
}

describe('parseJson', () => {
  test.each([
    '{}',
    '[]',
    ' { "a" : [ 1 , -2.5e-3 , 0 , true , false , null , "x" ] , "b" : { "" : { } } } ',
    '"\\u0041\\n\\ud83d\\ude00\\\\\\"é中"',
    '{"__proto__":{"constructor":1}}',
    '[[[[[[]]]]]]',
    '12345678901234567890',
  ])('reads %s as JSON.parse does', (text) => {
    expect(plain(parseJson(text))).toEqual(JSON.parse(text));
  });

  test.each([
    ['', /text ends/],
    ['{', /quotes, but the text ends/],
    ['{"a":1,}', /key in quotes at character 7/],
    ['[1,]', /expected a JSON value/],
    ['[1 2]', /expected ',' or '\]'/],
    ['{"a" 1}', /expected ':'/],
    ['{a:1}', /key in quotes/],
    ['01', /unexpected text/],
    ['+1', /expected a JSON value/],
    ['.5', /expected a JSON value/],
    ['1.', /unexpected text/],
    ['NaN', /expected a JSON value/],
    ['tru', /expected a JSON value/],
    ['"abc', /string without an end/],
    ['"abc\\', /string without an end/],
    ['"a\nb"', /control character/],
    ['"\\x"', /bad escape/],
    ['"\\ud800"', /surrogate/],
    ['{} {}', /unexpected text/],
    ['{"a":1,"\\u0061":2}', /duplicate key "a" at character 7/],
    [`${'['.repeat(129)}${']'.repeat(129)}`, /nesting deeper than 128/],
  ])('refuses %s', (text, message) => {
    const error = thrownBy(() => parseJson(text));
    expect(error).toBeInstanceOf(JsonProblem);
    expect((error as JsonProblem).message).toMatch(message);
  });

  test('keeps the text of numbers that are not plain integers', () => {
    for (const text of ['1.0', '1e2', '-0', '-1', '9007199254740992']) {
      expect(parseJson(text)).toEqual(new OtherNumber(text));
    }
    expect(parseJson('9007199254740991')).toBe(Number.MAX_SAFE_INTEGER);
  });
});
