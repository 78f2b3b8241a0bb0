import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formatDouble, MAX_DOUBLE_LENGTH, parseDouble, parseDoubleRange, writeDouble } from '../../src/lib/double.ts';
import { Slice } from '../../src/lib/slice.ts';
import { startRedis } from '../support/redis-server.ts';
import { hasReferenceRedis } from '../support/redis-tools.ts';
import type { RespClient } from '../support/resp-client.ts';
import { readReply } from '../support/resp-reply.ts';
import type { ServerProcess } from '../support/server-process.ts';

const parse = (text: string) => parseDouble(Slice.from(text));

describe('parseDouble', () => {
  it.each([
    ['0', 0],
    ['-0', -0],
    ['+1.5', 1.5],
    ['.5', 0.5],
    ['5.', 5],
    ['0.1', 0.1],
    ['1e22', 1e22],
    ['1E+3', 1000],
    ['1e-3', 0.001],
    ['123456789012345678', 123456789012345680],
    ['0e999999999999', 0],
    ['2.2250738585072011e-308', 2.225073858507201e-308],
    ['5e-324', 5e-324],
    ['1.7976931348623157e308', Number.MAX_VALUE],
    ['inf', Infinity],
    ['-INF', -Infinity],
    ['+Infinity', Infinity],
    ['0x10', 16],
    ['-0X1.8P1', -3],
    ['0x.8', 0.5],
    ['0x1p-1074', 5e-324],
    ['0x0p99999', 0],
    ['0x1.fffffffffffff8p0', 2],
    ['0x1.00000000000008p0', 1],
    [`0x1.00000000000008${'0'.repeat(60)}1p0`, 1 + 2 ** -52],
    [`${'0'.repeat(900)}1${'0'.repeat(900)}e-900`, 1],
    [`9007199254740993.${'0'.repeat(900)}1`, 9007199254740994],
  ])('%j is %d', (text, value) => {
    expect(parse(text)).toBe(value);
  });

  it.each([
    '',
    ' 1',
    '1 ',
    '1x',
    'nan',
    '-nan',
    'nan(1)',
    '1e400',
    '-1e400',
    '1e-400',
    '0x1p1024',
    '0x1p-1076',
    '0x1p-1075',
    '0x',
    '1e',
    '.',
    '+-1',
    '1,5',
    '1\0',
  ])('%j is refused', (text) => {
    expect(parse(text)).toBe(null);
  });

  it('looks at its range only', () => {
    const { bytes } = Slice.from('91.5e34');
    expect(parseDoubleRange(bytes, 1, 4)).toBe(1.5);
    expect(parseDoubleRange(bytes, 1, 6)).toBe(1500);
  });

  it('reads every double from any of its spellings', () => {
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer({ min: 16, max: 30 }),
        (n, digits) => {
          expect(parse(String(n).replace('e+', 'e'))).toBe(Object.is(n, -0) ? 0 : n);
          expect(parse(n.toExponential(digits))).toBe(Object.is(n, -0) ? 0 : n);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('formatDouble', () => {
  it.each([
    [0, '0'],
    [-0, '-0'],
    [3, '3'],
    [-17, '-17'],
    [0.1, '0.10000000000000001'],
    [-1.5, '-1.5'],
    [1e16, '10000000000000000'],
    [1e17, '1e+17'],
    [1.5e17, '1.5e+17'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1e100, '1e+100'],
    [0.0001, '0.0001'],
    [0.00001, '1.0000000000000001e-05'],
    [-5e-324, '-4.9406564584124654e-324'],
    [Number.MAX_VALUE, '1.7976931348623157e+308'],
    [Infinity, 'inf'],
    [-Infinity, '-inf'],
    [NaN, 'nan'],
    // Ties go to the even digit, in either direction.
    [1234567890123456 + 0.25, '1234567890123456.2'],
    [1234567890123456 + 0.75, '1234567890123456.8'],
    [-1234567890123457 - 0.25, '-1234567890123457.2'],
    [2 ** -25, '2.9802322387695312e-08'],
    [3 * 2 ** -25, '8.9406967163085938e-08'],
  ])('%d is %j', (n, text) => {
    expect(formatDouble(n)).toBe(text);
    const bytes = new Uint8Array(40);
    expect(Buffer.from(bytes.subarray(2, writeDouble(bytes, 2, n))).toString()).toBe(text);
  });

  it('keeps every double', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true }), (n) => {
        const text = formatDouble(n);
        expect(parse(text)).toBe(n);
        expect(text.length).toBeLessThanOrEqual(MAX_DOUBLE_LENGTH);
      }),
      { numRuns: 500 },
    );
  });
});

describe.skipIf(!hasReferenceRedis)('doubles beside Redis', () => {
  let server: ServerProcess;
  let client: RespClient;
  beforeAll(async () => {
    // A listpack would store -0 as the integer 0.
    server = await startRedis({ config: { 'zset-max-listpack-entries': 0 } });
    client = await server.connect();
  });
  afterAll(() => server?.stop());

  /** Both directions at once: what ZSCORE says of the score that ZADD read. */
  async function compare(texts: readonly string[]): Promise<void> {
    const replies = await client.send(
      texts.flatMap((each) => [
        ['DEL', 'z'],
        // Not in first place, where it could be an option.
        ['ZADD', 'z', 0, 'first', each, 'm'],
        ['ZSCORE', 'z', 'm'],
      ]),
    );
    for (const [i, each] of texts.entries()) {
      const value = parse(each);
      const [added, score] = replies.slice(3 * i + 1, 3 * i + 3).map((reply) => readReply(reply).text);
      if (value === null) expect(added, each).toBe('ERR value is not a valid float');
      else expect(score, each).toBe(formatDouble(value));
    }
  }

  it('reads and prints the same for any double', async () => {
    const dyadic = fc
      .tuple(fc.maxSafeInteger(), fc.integer({ min: 0, max: 60 }))
      .map(([mantissa, power]) => mantissa / 2 ** power);
    const number = fc.oneof(fc.double({ noNaN: true }), dyadic);
    await fc.assert(
      fc.asyncProperty(fc.array(number, { minLength: 10, maxLength: 40 }), (values) =>
        compare(values.map(formatDouble)),
      ),
      { numRuns: 30 },
    );
  });

  it('accepts the same texts', async () => {
    const pieces = fc.constantFrom('0', '1', '9', '.', 'e', 'E', '+', '-', 'x', '0x', 'p', 'a', 'F', 'inf', 'nan', ' ');
    const digits = fc
      .array(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 40 })
      .map((chars) => chars.join(''));
    const text = fc.oneof(
      fc.array(pieces, { maxLength: 7 }).map((parts) => parts.join('')),
      fc.tuple(digits, digits, fc.integer({ min: -360, max: 330 })).map(([a, b, power]) => `${a}.${b}e${power}`),
      fc.tuple(digits, digits, fc.integer({ min: -1200, max: 1100 })).map(([a, b, power]) => `-0x${a}.${b}p${power}`),
    );
    await fc.assert(fc.asyncProperty(fc.array(text, { minLength: 10, maxLength: 40 }), compare), { numRuns: 40 });
  });
});
