import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatByteCount, parseByteCount, parseOctal, parseSaturating } from '../../src/config/numbers.ts';

describe('parseByteCount', () => {
  it.each([
    ['', 0n],
    ['kb', 0n],
    ['007b', 7n],
    ['1k', 1000n],
    ['1KB', 1024n],
    ['2m', 2000000n],
    ['2Mb', 2097152n],
    ['3g', 3000000000n],
    ['3gB', 3221225472n],
    ['18446744073709551615', 2n ** 64n - 1n],
    ['18446744073709551616', 2n ** 64n - 1n],
    ['18446744073709551615kb', 2n ** 64n - 1024n],
    ['-1', null],
    ['1 kb', null],
    ['1.5gb', null],
    ['1tb', null],
    ['9'.repeat(128), null],
  ])('reads %j', (text, bytes) => {
    expect(parseByteCount(text)).toBe(bytes);
  });

  it('reads what formatByteCount writes', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 40n }), fc.constantFrom(1n, 1024n, 1n << 20n), (count, unit) => {
        expect(parseByteCount(formatByteCount(count * unit))).toBe(count * unit);
      }),
    );
    expect(formatByteCount(1536 * 1024)).toBe('1536kb');
  });
});

describe('parseSaturating and parseOctal', () => {
  it.each([
    ['', 0n, 0n],
    [' \t+12', 12n, 10n],
    ['-07', -7n, -7n],
    ['8', 8n, null],
    ['1 ', null, null],
    ['x', null, null],
    ['-', null, null],
    [' ', null, null],
    ['7777777777777777777777777', 2n ** 63n - 1n, null],
    ['-7777777777777777777777777', -(2n ** 63n), null],
  ])('read %j', (text, decimal, octal) => {
    expect([parseSaturating(text), parseOctal(text)]).toEqual([decimal, octal]);
  });
});
