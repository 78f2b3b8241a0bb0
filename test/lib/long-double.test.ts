import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addLongDouble, formatLongDoubleHuman, parseLongDouble } from '../../src/lib/long-double.ts';
import { Slice } from '../../src/lib/slice.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import { referenceClient } from '../support/reference-client.ts';
import { readReply } from '../support/resp-reply.ts';

const parse = (text: string) => parseLongDouble(Slice.from(text));

function sumOf(a: string, b: string): string {
  const first = parse(a);
  const second = parse(b);
  if (first === null || second === null) return 'ERR value is not a valid float';
  const sum = addLongDouble(first, second);
  if (sum === null || sum.infinite) return 'ERR increment would produce NaN or Infinity';
  return formatLongDoubleHuman(sum);
}

describe('long doubles', () => {
  it.each([
    ['10.50', '0.1', '10.6'],
    ['5.0e3', '2.0e2', '5200'],
    ['3', '1.000000000000000005', '4.00000000000000001'],
    ['0.1', '0.2', '0.3'],
    ['1', '-1', '0'],
    ['-0', '-0', '0'],
    ['-1e-20', '0', '0'],
    ['1e-17', '0', '0.00000000000000001'],
    ['-0.5', '0.25', '-0.25'],
    // 64 bits of mantissa hold this; 53 would not.
    ['9223372036854775807', '1', '9223372036854775808'],
    ['18446744073709551615', '1', '18446744073709551616'],
    // One more bit would be needed: half to even, down and up.
    ['18446744073709551616', '1', '18446744073709551616'],
    ['18446744073709551618', '1', '18446744073709551620'],
    ['0x1p-3', '0x.8', '0.625'],
    ['1e4932', '1e4932', 'ERR increment would produce NaN or Infinity'],
    ['inf', '1', 'ERR increment would produce NaN or Infinity'],
    ['inf', '-inf', 'ERR increment would produce NaN or Infinity'],
    ['1e4933', '0', 'ERR value is not a valid float'],
    ['1e-4960', '0', 'ERR value is not a valid float'],
    ['0x1p16384', '0', 'ERR value is not a valid float'],
    ['nan', '0', 'ERR value is not a valid float'],
    ['', '0', 'ERR value is not a valid float'],
    [' 1', '0', 'ERR value is not a valid float'],
    ['1'.padEnd(5120, '0'), '0', 'ERR value is not a valid float'],
    [`0.${'0'.repeat(5116)}1`, '0', 'ERR value is not a valid float'],
    [`${'0'.repeat(5118)}1`, '0', '1'],
  ])('%s + %s is %s', (a, b, expected) => {
    expect(sumOf(a, b)).toBe(expected);
  });

  it('keeps the smallest subnormal', () => {
    expect(parse('0x1p-16445')).toEqual({ negative: false, infinite: false, mantissa: 1n, exponent: -16445 });
    expect(parse('-3.645e-4951')).toEqual({ negative: true, infinite: false, mantissa: 1n, exponent: -16445 });
    expect(parse('0x1p-16447')).toBe(null);
  });

  it('keeps infinities apart and prints them', () => {
    const infinity = parse('-inf');
    expect(infinity && formatLongDoubleHuman(infinity)).toBe('-inf');
    const one = parse('1');
    expect(infinity && one && addLongDouble(one, infinity)).toEqual(infinity);
  });

  it('adds integers of up to 64 bits exactly', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n }),
        (a, b) => {
          expect(sumOf(String(a), String(b))).toBe(String(a + b));
        },
      ),
    );
  });
});

describe.skipIf(!hasReferenceRedis || process.arch !== 'x64')('long doubles beside Redis', () => {
  const redis = referenceClient();

  async function compare(pairs: readonly (readonly [string, string])[]): Promise<void> {
    const replies = await redis.client.send(
      pairs.flatMap(([a, b]) => [
        ['SET', 'f', a],
        ['INCRBYFLOAT', 'f', b],
      ]),
    );
    for (const [i, [a, b]] of pairs.entries()) {
      expect(readReply(replies[2 * i + 1]).text, `${a} + ${b}`).toBe(sumOf(a, b));
    }
  }

  const sign = fc.constantFrom('', '-', '+');
  const digits = (maxLength: number) =>
    fc.array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength }).map((chars) => chars.join(''));

  it('adds alike for amounts as people write them', async () => {
    const amount = fc.tuple(sign, digits(8), digits(6)).map(([s, whole, fraction]) => `${s}${whole}.${fraction}`);
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(amount, amount), { minLength: 10, maxLength: 40 }), compare), {
      numRuns: 30,
    });
  });

  it('adds alike for long and extreme numbers', async () => {
    const number = fc.oneof(
      fc.tuple(sign, digits(25), digits(30)).map(([s, whole, fraction]) => `${s}${whole}.${fraction}`),
      fc
        .tuple(sign, digits(22), fc.oneof(fc.integer({ min: -60, max: 60 }), fc.integer({ min: -4990, max: 4940 })))
        .map(([s, mantissa, power]) => `${s}${mantissa}e${power}`),
      fc
        .tuple(sign, digits(20), fc.oneof(fc.integer({ min: -90, max: 90 }), fc.integer({ min: -16530, max: 16390 })))
        .map(([s, mantissa, power]) => `${s}0x${mantissa}p${power}`),
      fc.double().map((n) => (Number.isFinite(n) ? String(n) : n > 0 ? 'inf' : n < 0 ? '-infinity' : 'nan')),
    );
    await fc.assert(fc.asyncProperty(fc.array(fc.tuple(number, number), { minLength: 10, maxLength: 30 }), compare), {
      numRuns: 40,
    });
  });
});
