/**
 * Rounding of exact binary numbers (`mantissa` × 2^`exponent`) to a floating-point format, IEEE 754
 * round-half-to-even. Shared by doubles written in hexadecimal and by 80-bit long doubles.
 */

/** A non-negative number: mantissa × 2^exponent. */
export interface Scaled {
  mantissa: bigint;
  exponent: number;
}

/** The number of bits of a non-negative `value`; 0 for zero. */
export function bitLength(value: bigint): number {
  const hex = value.toString(16);
  const first = Number.parseInt(hex[0], 16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(first));
}

/**
 * `mantissa` × 2^`exponent` rounded to at most `bits` significant bits, none of them below 2^`minExponent` (the
 * format's smallest subnormal). Overflow is the caller's to notice.
 */
export function roundToBits(mantissa: bigint, exponent: number, bits: number, minExponent: number): Scaled {
  const length = bitLength(mantissa);
  const drop = Math.max(length - bits, minExponent - exponent);
  if (drop <= 0) return { mantissa, exponent };
  // Less than half of the last place.
  if (drop > length) return { mantissa: 0n, exponent: minExponent };
  const shift = BigInt(drop);
  const rest = BigInt.asUintN(drop, mantissa);
  const half = 1n << (shift - 1n);
  let kept = mantissa >> shift;
  if (rest > half || (rest === half && (kept & 1n) === 1n)) kept++;
  // Rounding up may carry into one bit more; that bit is then the only one, and half of it is exact.
  return bitLength(kept) > bits
    ? { mantissa: kept >> 1n, exponent: exponent + drop + 1 }
    : { mantissa: kept, exponent: exponent + drop };
}
