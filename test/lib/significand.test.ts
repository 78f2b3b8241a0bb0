import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bitLength, roundToBits } from '../../src/lib/significand.ts';

describe('bitLength', () => {
  it('counts bits', () => {
    expect([0n, 1n, 2n, 3n, 4n, 15n, 16n, 255n, 256n].map(bitLength)).toEqual([0, 1, 2, 2, 3, 4, 5, 8, 9]);
    expect(bitLength(2n ** 64n)).toBe(65);
  });
});

describe('roundToBits', () => {
  it('rounds half to even and carries', () => {
    expect(roundToBits(0b1011n, 0, 3, -100)).toEqual({ mantissa: 0b110n, exponent: 1 });
    expect(roundToBits(0b1001n, 0, 3, -100)).toEqual({ mantissa: 0b100n, exponent: 1 });
    expect(roundToBits(0b10011n, 0, 3, -100)).toEqual({ mantissa: 0b101n, exponent: 2 });
    expect(roundToBits(0b1111n, 0, 3, -100)).toEqual({ mantissa: 0b100n, exponent: 2 });
    expect(roundToBits(5n, 7, 3, -100)).toEqual({ mantissa: 5n, exponent: 7 });
  });

  it('keeps nothing below the smallest subnormal', () => {
    expect(roundToBits(0b1101n, -12, 10, -10)).toEqual({ mantissa: 0b11n, exponent: -10 });
    expect(roundToBits(1n, -11, 10, -10)).toEqual({ mantissa: 0n, exponent: -10 });
    expect(roundToBits(3n, -12, 10, -10)).toEqual({ mantissa: 1n, exponent: -10 });
    expect(roundToBits(3n, -1_000_000_000_000, 10, -10).mantissa).toBe(0n);
  });

  it('agrees with the conversion of bigints to doubles', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 120n }), (value) => {
        const { mantissa, exponent } = roundToBits(value, 0, 53, -1074);
        expect(Number(mantissa) * 2 ** exponent).toBe(Number(value));
      }),
      { numRuns: 300 },
    );
  });
});
