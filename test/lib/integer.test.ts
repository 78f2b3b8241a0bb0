import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addInt64,
  decimalLength,
  isInt64,
  normalizeInt64,
  parseInt64,
  parseInt64Range,
  writeBigDecimal,
  writeDecimal,
  writeInt64,
} from '../../src/lib/integer.ts';
import { Slice } from '../../src/lib/slice.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { referenceClient } from '../support/reference-client.ts';

const parse = (text: string) => parseInt64(Slice.from(text));

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** Integers of every length, the edges of the formats among them. */
const int64 = fc.oneof(
  fc.bigInt({ min: INT64_MIN, max: INT64_MAX }),
  fc.maxSafeInteger().map(BigInt),
  fc.integer().map(BigInt),
  fc
    .tuple(fc.integer({ min: 0, max: 62 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([power, offset, negative]) => (negative ? -1n : 1n) * (2n ** BigInt(power) + BigInt(offset))),
  fc
    .tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([power, offset, negative]) => (negative ? -1n : 1n) * (10n ** BigInt(power) + BigInt(offset))),
);

function written(value: number | bigint): string {
  const bytes = new Uint8Array(30).fill(0x23);
  const end = writeInt64(bytes, 3, value);
  const text = Buffer.from(bytes).toString('latin1');
  expect(text.slice(0, 3)).toBe('###');
  expect(text.slice(end)).toBe('#'.repeat(30 - end));
  return text.slice(3, end);
}

describe('parseInt64', () => {
  it.each([
    ['0', 0],
    ['7', 7],
    ['-1', -1],
    ['999999999999999', 999999999999999],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-9007199254740993', -9007199254740993n],
    ['9223372036854775807', INT64_MAX],
    ['-9223372036854775808', INT64_MIN],
  ])('%j is %s', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    '',
    '-',
    '+1',
    '-0',
    '00',
    '01',
    '-01',
    ' 1',
    '1 ',
    '1.0',
    '1e3',
    '0x1',
    'a',
    '--1',
    '1-',
    '9223372036854775808',
    '-9223372036854775809',
    '10000000000000000000',
    '99999999999999999999',
    '123456789012345678901',
    '1234567890123456a',
    'inf',
  ])('%j is refused', (text) => {
    expect(parse(text)).toBe(null);
  });

  it('gives back every int64, as a number just when safe', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const expected = Number.isSafeInteger(Number(value)) ? Number(value) : value;
        expect(parse(String(value))).toBe(expected);
        expect(normalizeInt64(value)).toBe(expected);
      }),
      { numRuns: 500 },
    );
  });

  it('looks at its range only', () => {
    const bytes = Slice.from('9-123456').bytes;
    expect(parseInt64Range(bytes, 1, 5)).toBe(-123);
    expect(parseInt64Range(bytes, 2, 2)).toBe(null);
  });
});

describe('writing', () => {
  it('writes what String() says, and nothing beside it', () => {
    fc.assert(
      fc.property(int64, (value) => {
        const normal = normalizeInt64(value);
        expect(written(normal)).toBe(String(value));
        if (typeof normal === 'number') expect(decimalLength(normal)).toBe(String(value).length);
        const bytes = new Uint8Array(20);
        expect(Buffer.from(bytes.subarray(0, writeBigDecimal(bytes, 0, value))).toString()).toBe(String(value));
      }),
      { numRuns: 500 },
    );
  });

  it('writes -0 as 0', () => {
    expect(written(-0)).toBe('0');
  });

  it('appends', () => {
    const bytes = new Uint8Array(10);
    const end = writeDecimal(bytes, writeDecimal(bytes, 0, 12), 345);
    expect(Buffer.from(bytes.subarray(0, end)).toString()).toBe('12345');
  });
});

describe('int64 arithmetic', () => {
  it('knows the range', () => {
    expect(isInt64(INT64_MAX)).toBe(true);
    expect(isInt64(INT64_MAX + 1n)).toBe(false);
    expect(isInt64(INT64_MIN)).toBe(true);
    expect(isInt64(INT64_MIN - 1n)).toBe(false);
  });

  it('adds exactly and notices overflow', () => {
    fc.assert(
      fc.property(int64, int64, (a, b) => {
        const sum = a + b;
        const expected = sum > INT64_MAX || sum < INT64_MIN ? null : normalizeInt64(sum);
        expect(addInt64(normalizeInt64(a), normalizeInt64(b))).toBe(expected);
      }),
      { numRuns: 500 },
    );
    expect(addInt64(Number.MAX_SAFE_INTEGER, 1)).toBe(2n ** 53n);
    expect(addInt64(2n ** 53n, -1)).toBe(Number.MAX_SAFE_INTEGER);
    expect(addInt64(INT64_MAX, 1)).toBe(null);
  });
});

describe.skipIf(!hasReferenceRedis)('parseInt64 beside Redis', () => {
  const redis = referenceClient();

  it('accepts the same texts', async () => {
    const text = fc.oneof(
      int64.map(String),
      fc.bigInt({ min: INT64_MIN * 3n, max: INT64_MAX * 3n }).map(String),
      fc.array(fc.constantFrom(...'0123456789-+ .ex'), { maxLength: 22 }).map((chars) => chars.join('')),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(text, { minLength: 10, maxLength: 40 }), async (texts) => {
        const replies = await redis.client.send(
          texts.flatMap((each) => [
            ['DEL', 'n'],
            ['INCRBY', 'n', each],
          ]),
        );
        for (const [i, each] of texts.entries()) {
          const value = parse(each);
          const expected = value === null ? '-ERR value is not an integer or out of range\r\n' : `:${value}\r\n`;
          expect(replies[2 * i + 1].toString('latin1'), each).toBe(expected);
        }
      }),
      { numRuns: 40 },
    );
  });
});
