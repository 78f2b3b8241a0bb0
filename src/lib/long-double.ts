/**
 * The 80-bit long doubles of the x87, in which Redis on x86 calculates INCRBYFLOAT and HINCRBYFLOAT: 64 bits of
 * mantissa, exponents from 2^-16445 (the smallest subnormal) to below 2^16384, round half to even. Parsing, the
 * sum and the printed form equal those of Redis 7.0.15 with glibc (`string2ld`, `ld2string` of `src/util.c`).
 */

import { FloatLiteral } from './float-literal.ts';
import { bitLength, roundToBits } from './significand.ts';
import type { Slice } from './slice.ts';

/** mantissa × 2^exponent, negated if so said; or infinite, with the other fields but the sign without meaning. */
export interface LongDouble {
  readonly negative: boolean;
  readonly infinite: boolean;
  /** Below 2^64. */
  readonly mantissa: bigint;
  /** At least -16445. */
  readonly exponent: number;
}

const MANTISSA_BITS = 64;
const MIN_EXPONENT = -16445;
const MAX_EXPONENT = 16384;

// Redis copies the text into a buffer of 5 * 1024 bytes, its terminator included.
const MAX_TEXT_LENGTH = 5 * 1024 - 1;
// Decimal exponents at which any value has overflowed, or vanished.
const OVERFLOW_POWER = 4933;
const UNDERFLOW_POWER = -4952;

const FRACTION_DIGITS = 17;
const FRACTION_SCALE = 10n ** BigInt(FRACTION_DIGITS);

const literal = new FloatLiteral();

/**
 * The long double nearest to what `slice` spells, or null: for NaN, spaces, trailing bytes, the empty text, one of
 * 5120 bytes or more, and what overflows or vanishes to zero. Infinities are accepted.
 */
export function parseLongDouble(slice: Slice): LongDouble | null {
  if (slice.length > MAX_TEXT_LENGTH || !literal.scan(slice.bytes, slice.start, slice.end)) return null;
  if (literal.infinite) return { negative: literal.negative, infinite: true, mantissa: 0n, exponent: 0 };
  const { text, exponent } = literal.digits(MAX_TEXT_LENGTH);
  if (text === '') return { negative: literal.negative, infinite: false, mantissa: 0n, exponent: 0 };
  const value = literal.hexadecimal
    ? rounded(literal.negative, BigInt(`0x${text}`), 4 * exponent + literal.exponent)
    : fromDecimal(literal.negative, text, exponent + literal.exponent);
  return value === null || value.infinite || value.mantissa === 0n ? null : value;
}

/** `text` × 10^`power`, or null when that is far out of range. */
function fromDecimal(negative: boolean, text: string, power: number): LongDouble | null {
  const magnitude = text.length + power;
  if (magnitude > OVERFLOW_POWER || magnitude < UNDERFLOW_POWER) return null;
  const digits = BigInt(text);
  if (power >= 0) return rounded(negative, digits * 10n ** BigInt(power), 0);
  // A quotient of at least two bits more than stay, and one bit below them for whether anything remains.
  const divisor = 10n ** BigInt(-power);
  const shift = Math.max(0, MANTISSA_BITS + 2 + bitLength(divisor) - bitLength(digits));
  const dividend = digits << BigInt(shift);
  const quotient = dividend / divisor;
  const sticky = quotient * divisor === dividend ? 0n : 1n;
  return rounded(negative, (quotient << 1n) | sticky, -shift - 1);
}

/** mantissa × 2^exponent rounded to the format; infinite when it overflows. */
function rounded(negative: boolean, mantissa: bigint, exponent: number): LongDouble {
  if (mantissa === 0n) return { negative, infinite: false, mantissa, exponent: 0 };
  const value = roundToBits(mantissa, exponent, MANTISSA_BITS, MIN_EXPONENT);
  const infinite = bitLength(value.mantissa) + value.exponent > MAX_EXPONENT;
  return { negative, infinite, mantissa: infinite ? 0n : value.mantissa, exponent: infinite ? 0 : value.exponent };
}

/** The long double equal to a finite double. */
export function longDoubleOf(value: number): LongDouble {
  let exponent = 0;
  let magnitude = Math.abs(value);
  while (!Number.isInteger(magnitude)) {
    magnitude *= 2;
    exponent--;
  }
  return { negative: value < 0 || Object.is(value, -0), infinite: false, mantissa: BigInt(magnitude), exponent };
}

/** The sum, rounded once; infinite when it overflows, and null for NaN, the sum of opposite infinities. */
export function addLongDouble(a: LongDouble, b: LongDouble): LongDouble | null {
  if (a.infinite || b.infinite) {
    if (a.infinite && b.infinite && a.negative !== b.negative) return null;
    return a.infinite ? a : b;
  }
  const exponent = Math.min(a.exponent, b.exponent);
  const sum = aligned(a, exponent) + aligned(b, exponent);
  // A zero sum is negative only if both operands are.
  if (sum === 0n) return { negative: a.negative && b.negative, infinite: false, mantissa: 0n, exponent: 0 };
  return sum < 0n ? rounded(true, -sum, exponent) : rounded(false, sum, exponent);
}

/** The signed value in units of 2^exponent. */
function aligned(value: LongDouble, exponent: number): bigint {
  const magnitude = value.mantissa === 0n ? 0n : value.mantissa << BigInt(value.exponent - exponent);
  return value.negative ? -magnitude : magnitude;
}

/**
 * The value as INCRBYFLOAT replies and stores it: plain decimal notation with at most 17 digits after the point
 * (exact value, half to even), no trailing zeros, never `-0`.
 */
export function formatLongDoubleHuman(value: LongDouble): string {
  const sign = value.negative ? '-' : '';
  if (value.infinite) return `${sign}inf`;
  const scaled = inFractionUnits(value);
  if (scaled === 0n) return '0';
  const digits = scaled.toString().padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return fraction === '' ? sign + whole : `${sign}${whole}.${fraction}`;
}

/** The absolute value in units of 10^-17, half to even. */
function inFractionUnits(value: LongDouble): bigint {
  const product = value.mantissa * FRACTION_SCALE;
  if (value.exponent >= 0) return product << BigInt(value.exponent);
  const drop = -value.exponent;
  const shift = BigInt(drop);
  const quotient = product >> shift;
  const twiceRest = BigInt.asUintN(drop, product) << 1n;
  const unit = 1n << shift;
  return twiceRest > unit || (twiceRest === unit && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}
