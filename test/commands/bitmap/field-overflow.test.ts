import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitSum } from '../../../src/commands/bitmap/field-overflow.ts';
import { normalizeInt64 } from '../../../src/lib/integer.ts';

const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.bigInt({ min: -(2n ** 54n), max: 2n ** 54n }),
  fc.bigInt({ min: -300n, max: 300n }),
);

/** The range of a type. */
function rangeOf(signed: boolean, bits: number): readonly [bigint, bigint] {
  const span = 2n ** BigInt(bits);
  return signed ? [-span / 2n, span / 2n - 1n] : [0n, span - 1n];
}

describe('sums of integer fields', () => {
  const type = fc
    .tuple(fc.boolean(), fc.integer({ min: 1, max: 64 }))
    .map(([signed, bits]) => ({ signed, bits: signed ? bits : Math.min(bits, 63) }));

  it('of a value in range are exact, or wrap around, or stop at the end, or fail', () => {
    fc.assert(
      fc.property(type, int64, int64, (field, seed, increment) => {
        const { signed, bits } = field;
        const [min, max] = rangeOf(signed, bits);
        const wrap = signed ? BigInt.asIntN : BigInt.asUintN;
        const value = wrap(bits, seed);
        const sum = value + increment;
        const fits = sum >= min && sum <= max;
        const [, saturated] = [min, sum, max].sort((a, b) => (a < b ? -1 : 1));
        const operands = [normalizeInt64(value), normalizeInt64(increment)] as const;
        expect(fitSum(field, ...operands, 'wrap')).toBe(normalizeInt64(wrap(bits, sum)));
        expect(fitSum(field, ...operands, 'sat')).toBe(normalizeInt64(saturated));
        expect(fitSum(field, ...operands, 'fail')).toBe(fits ? normalizeInt64(sum) : null);
      }),
      { numRuns: 2000 },
    );
  });

  it('take a negative value for an unsigned field as a large one', () => {
    for (const bits of [8, 52, 53, 63]) {
      const max = normalizeInt64(2n ** BigInt(bits) - 1n);
      expect(fitSum({ signed: false, bits }, -1, 0, 'sat')).toBe(max);
      expect(fitSum({ signed: false, bits }, -1, 0, 'wrap')).toBe(max);
      expect(fitSum({ signed: false, bits }, -1, 0, 'fail')).toBeNull();
    }
  });

  it('take a value as too large that is so small that the difference is no int64, as Redis does', () => {
    expect(fitSum({ signed: true, bits: 8 }, -(2n ** 63n), 0, 'sat')).toBe(127);
    expect(fitSum({ signed: true, bits: 8 }, normalizeInt64(-(2n ** 63n) + 128n), 0, 'sat')).toBe(-128);
    expect(fitSum({ signed: true, bits: 63 }, -(2n ** 63n), 0, 'sat')).toBe(2n ** 62n - 1n);
    expect(fitSum({ signed: true, bits: 64 }, -(2n ** 63n), 0, 'sat')).toBe(-(2n ** 63n));
  });
});
