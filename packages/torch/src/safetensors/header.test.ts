import { describe, expect, test } from 'vitest';
import { SafetensorsError } from './errors.ts';
import { type Case, fileOf, seeded, thrownBy, verdicts } from './golden.fixture.ts';
import { type Header, headerLength, parseHeader } from './header.ts';

function read(content: Buffer): Header {
  const length = headerLength(content.subarray(0, 8), content.length, 'x.safetensors');
  return parseHeader(content.subarray(8, 8 + length), content.length, 'x.safetensors');
}

function outcome(content: Buffer): Header | SafetensorsError {
  try {
    return read(content);
  } catch (error) {
    if (error instanceof SafetensorsError) return error;
    throw error;
  }
}

/** Where we follow the specification and the reference implementation is more lenient. */
const STRICTER =
  /duplicate key|must begin with|expected an object with dtype, shape, data_offsets\n {2}got \[/;

function expectVerdict({ name, content, accepted }: Case): void {
  const result = outcome(content);
  const refused = result instanceof SafetensorsError;
  if (!accepted) expect(refused, `${name} should be refused`).toBe(true);
  else if (refused) expect(result.message, name).toMatch(STRICTER);
}

const { handMade, mutants } = verdicts();

describe('headers, by the verdicts of the reference implementation', () => {
  test.each(handMade)('$name', expectVerdict);

  test(`${mutants.length} mutants`, () => {
    for (const mutant of mutants) expectVerdict(mutant);
    expect(mutants.filter(({ accepted }) => accepted).length).toBeGreaterThan(100);
  });

  test('refuses what only we refuse, and nothing else', () => {
    const stricter = handMade.filter(
      ({ accepted, content }) => accepted && outcome(content) instanceof SafetensorsError,
    );
    expect(stricter.map(({ name }) => name).sort()).toEqual([
      'duplicate metadata key',
      'duplicate tensor',
      'duplicate tensor through an escape',
      'entry as an array',
      'leading space',
    ]);
  });
});

describe('an error', () => {
  const two = (second: object) =>
    fileOf({ a: { dtype: 'U8', shape: [4], data_offsets: [0, 4] }, b: second }, Buffer.alloc(8));

  test.each([
    [{ dtype: 'U8', shape: [6], data_offsets: [2, 8] }, /overlaps/, 'offset 4', '2'],
    [{ dtype: 'U8', shape: [2], data_offsets: [6, 8] }, /hole/, 'offset 4', '6'],
    [
      { dtype: 'U8', shape: [5], data_offsets: [4, 9] },
      /outside the file/,
      'offsets up to 8',
      'data_offsets [4, 9]',
    ],
    [
      { dtype: 'F32', shape: [2], data_offsets: [4, 8] },
      /disagree/,
      '8 bytes for F32 [2]',
      'data_offsets [4, 8], which span 4 bytes',
    ],
    [
      { dtype: 'U8', shape: [-4], data_offsets: [4, 8] },
      /bad shape/,
      'an array of non-negative integers below 2^53',
      '[-4]',
    ],
    [
      { dtype: 'Q8', shape: [4], data_offsets: [4, 8] },
      /unknown dtype/,
      expect.stringContaining('BF16'),
      '"Q8"',
    ],
    [
      { dtype: 'F4', shape: [3], data_offsets: [4, 8] },
      /bad shape/,
      'a size in whole bytes below 2^53',
      'F4 [3]',
    ],
  ])('%j names file, tensor, expected and got', (entry, message, expected, got) => {
    const error = thrownBy(() => read(two(entry))) as SafetensorsError;
    expect(error).toBeInstanceOf(SafetensorsError);
    expect(error).toMatchObject({
      name: 'SafetensorsError',
      op: 'safetensors.open',
      file: 'x.safetensors',
      tensor: 'b',
      expected,
      got,
    });
    expect(error.message).toMatch(message);
  });

  test('does not repeat a hostile name at full length', () => {
    const error = thrownBy(() => read(fileOf({ ['n'.repeat(1e6)]: null })));
    expect((error as Error).message.length).toBeLessThan(1000);
  });
});

describe('robustness', () => {
  const base = fileOf(
    {
      __metadata__: { format: 'pt' },
      weight: { dtype: 'F32', shape: [2, 3], data_offsets: [0, 24] },
      bias: { dtype: 'BF16', shape: [3], data_offsets: [24, 30] },
      flag: { dtype: 'BOOL', shape: [], data_offsets: [30, 31] },
      none: { dtype: 'I64', shape: [0, 7], data_offsets: [31, 31] },
    },
    Buffer.alloc(31),
  );
  const tokens = [
    '-1',
    '1e9',
    '9007199254740993',
    '"F64"',
    'null',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    ',',
    ':',
    '0',
    '\u0000',
    'é',
  ];

  test('20,000 mutated headers: a valid layout or a SafetensorsError, nothing else', () => {
    const random = seeded(20);
    let refused = 0;
    for (let i = 0; i < 20_000; i++) {
      let content = Buffer.from(base);
      for (let edits = 1 + random(3); edits > 0; edits--) {
        const at = random(20) === 0 ? random(8) : 8 + random(content.length - 39);
        if (random(2) === 0) content[at] = random(256);
        else {
          const token = Buffer.from(tokens[random(tokens.length)] as string);
          content = Buffer.concat([
            content.subarray(0, at),
            token,
            content.subarray(at + random(token.length + 1)),
          ]);
        }
      }
      if (random(2) === 0) content.writeBigUInt64LE(BigInt(Math.max(0, content.length - 8 - 31)));
      const result = outcome(content);
      if (result instanceof SafetensorsError) {
        refused++;
        expect(result.file).toBe('x.safetensors');
        expect(result.expected && result.got, result.message).toBeTruthy();
      } else {
        const spans = [...result.tensors.values()].sort((a, b) => a.offset - b.offset);
        const bytes = spans.reduce((sum, span) => sum + span.bytes, 0);
        expect(spans.every((span) => span.offset >= 8 && span.offset + span.bytes <= content.length)).toBe(
          true,
        );
        expect(bytes).toBeLessThan(content.length);
      }
    }
    expect(refused).toBeGreaterThan(10_000);
    expect(refused).toBeLessThan(20_000);
  });

  test('a header of 100,000 tensors is read in under 2 s', () => {
    const entries = Array.from({ length: 100_000 }, (_, i) => [
      `model.layers.${i}.weight`,
      { dtype: 'U8', shape: [1], data_offsets: [i, i + 1] },
    ]);
    const content = fileOf(Object.fromEntries(entries), Buffer.alloc(100_000));
    const start = performance.now();
    expect(read(content).tensors.size).toBe(100_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
