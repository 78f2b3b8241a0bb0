import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Int64 } from '../../src/structures/int64.ts';

const MIN = -(2n ** 63n);
const MAX = 2n ** 63n - 1n;

/** Integers of every size, with the edges of the widths that formats distinguish. */
const anyInt64 = fc.oneof(
  fc.bigInt({ min: MIN, max: MAX }),
  fc.bigInt({ min: -5000n, max: 5000n }),
  fc
    .tuple(fc.constantFrom(7n, 12n, 15n, 23n, 31n, 32n, 53n, 63n), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([bits, delta, negative]) => BigInt.asIntN(64, (negative ? -1n : 1n) * 2n ** bits + BigInt(delta))),
  fc
    .tuple(fc.integer({ min: 0, max: 18 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([power, delta, negative]) => (negative ? -1n : 1n) * 10n ** BigInt(power) + BigInt(delta)),
);

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function parse(text: string): bigint | null {
  const bytes = bytesOf(`9${text}9`);
  const integer = new Int64();
  return integer.parse(bytes, 1, bytes.length - 1) ? integer.toBigInt() : null;
}

describe('Int64', () => {
  it('parses what it writes, for every integer', () => {
    fc.assert(
      fc.property(anyInt64, (value) => {
        const integer = Int64.of(value);
        const text = value.toString();
        expect(integer.toBigInt()).toBe(value);
        expect(integer.digitCount()).toBe(text.length);
        const target = new Uint8Array(24).fill(0x78);
        expect(integer.writeDigits(target, 2)).toBe(2 + text.length);
        expect(Buffer.from(target).toString()).toBe(`xx${text}`.padEnd(24, 'x'));
        expect(parse(text)).toBe(value);
      }),
      { numRuns: 3000 },
    );
  });

  it('parses only canonical integers within the range', () => {
    const refused = ['', '-', '+1', '-0', '00', '01', '-01', ' 1', '1 ', '1a', 'a1', '1.0', '--1', '1-', '123456789:'];
    refused.push('9223372036854775808', '-9223372036854775809', '9999999999999999999', '10000000000000000000');
    refused.push('-99999999999999999999', '18446744073709551617', '12345678901/', '/2345678901234');
    for (const text of refused) expect(parse(text), text).toBeNull();
    for (const text of ['0', '9', '-1', '9223372036854775807', '-9223372036854775808']) {
      expect(parse(text)).toBe(BigInt(text));
    }
  });

  it('refuses any text that is not the canonical form of its value', () => {
    const almostDigits = fc.string({ unit: fc.constantFrom(...'0123456789-+ .a/:'), maxLength: 21 });
    fc.assert(
      fc.property(almostDigits, (text) => {
        const canonical = /^(0|-?[1-9][0-9]*)$/.test(text) && BigInt(text) >= MIN && BigInt(text) <= MAX;
        expect(parse(text)).toBe(canonical ? BigInt(text) : null);
      }),
      { numRuns: 3000 },
    );
  });

  it('keeps its value when parsing fails', () => {
    for (const text of ['12x', '92233720368547758079', '9223372036854775808', '12345678901x', '1234567x901']) {
      const integer = Int64.of(77);
      expect(integer.parse(bytesOf(text), 0, text.length)).toBe(false);
      expect(integer.toBigInt()).toBe(77n);
    }
  });

  it('converts to numbers while they are exact and to bigints beyond', () => {
    fc.assert(
      fc.property(anyInt64, (value) => {
        const integer = Int64.of(value);
        const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
        expect(integer.isSafe).toBe(safe);
        expect(integer.toValue()).toBe(safe ? Number(value) : value);
        expect(integer.toNumber()).toBe(Number(value));
        expect(integer.fitsInt32).toBe(BigInt.asIntN(32, value) === value);
        if (safe) expect(Int64.of(Number(value)).toBigInt()).toBe(value);
      }),
      { numRuns: 2000 },
    );
  });

  it('orders and equates as the integers do', () => {
    fc.assert(
      fc.property(anyInt64, anyInt64, (a, b) => {
        const left = Int64.of(a);
        const right = Int64.of(b);
        expect(Math.sign(left.compare(right))).toBe(a < b ? -1 : a > b ? 1 : 0);
        expect(left.equals(right)).toBe(a === b);
        expect(left.equals(new Int64().set(left))).toBe(true);
        expect(new Int64().setHalves(left.high, left.low).toBigInt()).toBe(a);
      }),
    );
  });
});
