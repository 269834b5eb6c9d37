import { expect, test } from 'vitest';
import { flattenMetadata, isoDate, toTags } from './metadata.ts';

test('values of any kind become flat metadata', () => {
  expect(
    flattenMetadata({
      text: 'a\r\nb',
      number: 1.5,
      yes: true,
      date: new Date(0),
      big: 7n,
      huge: 2n ** 80n,
      nan: Number.NaN,
      none: null,
      list: ['a', 1, null, { x: 1n }],
      empty: [],
      nested: { a: { b: 'c' } },
      bytes: new Uint8Array(3),
      vector: Array(65).fill(1),
    }),
  ).toEqual({
    text: 'a\nb',
    number: 1.5,
    yes: true,
    date: '1970-01-01T00:00:00.000Z',
    big: 7,
    huge: '1208925819614629174706176',
    list: ['a', '1', '{"x":"1"}'],
    empty: [],
    'nested.a.b': 'c',
  });
});

test('nesting is flattened to a depth, and no key reaches a prototype', () => {
  let deep: object = { end: 1 };
  for (let i = 0; i < 12; i++) deep = { d: deep };
  const [entry] = Object.entries(flattenMetadata({ deep }));
  expect(entry).toEqual(['deep.d.d.d.d.d.d.d', '{"d":{"d":{"d":{"d":{"d":{"end":1}}}}}}']);
  flattenMetadata(
    JSON.parse('{"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}}'),
  );
  expect({}).not.toHaveProperty('polluted');
});

test('dates and tags', () => {
  expect(isoDate('2024-03-01')).toBe('2024-03-01T00:00:00.000Z');
  expect(isoDate('never')).toBeUndefined();
  expect(isoDate('')).toBeUndefined();
  expect(toTags(' a, b,,')).toEqual(['a', 'b']);
  expect(toTags(['a', 2])).toEqual(['a', '2']);
  expect(toTags(undefined)).toBeUndefined();
});
