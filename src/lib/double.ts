/**
 * Doubles as text, the way Redis 7.0.15 reads and prints them (glibc's `strtod` and `%.17g`). Scores of sorted
 * sets and the like go through here; INCRBYFLOAT calculates in long doubles, see long-double.ts.
 */

import { FloatLiteral } from './float-literal.ts';
import { writeDecimal } from './integer.ts';
import { bitLength, roundToBits } from './significand.ts';
import type { Slice } from './slice.ts';

// All powers of ten that are exact as doubles.
const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

// No double, and no midpoint of two, has more than 767 significant decimal digits.
const MAX_DECIMAL_DIGITS = 800;
// 160 bits, far more than the 53 that stay.
const MAX_HEX_DIGITS = 40;
const DOUBLE_BITS = 53;
const DOUBLE_MIN_EXPONENT = -1074;
const DOUBLE_MAX_EXPONENT = 1024;

/** The longest text {@link writeDouble} writes: `-2.2250738585072014e-308`. */
export const MAX_DOUBLE_LENGTH = 24;

const literal = new FloatLiteral();

/**
 * The double nearest to what `slice` spells, or null. Accepted are decimal and hexadecimal floats and infinities;
 * refused are NaN, spaces, trailing bytes, the empty text, and what overflows or vanishes to zero (`string2d`).
 */
export function parseDouble(slice: Slice): number | null {
  return parseDoubleRange(slice.bytes, slice.start, slice.end);
}

/** {@link parseDouble} for `bytes[start, end)`. */
export function parseDoubleRange(bytes: Uint8Array, start: number, end: number): number | null {
  if (!literal.scan(bytes, start, end)) return null;
  const magnitude = literal.infinite ? Number.POSITIVE_INFINITY : magnitudeOf(literal);
  if (magnitude === null) return null;
  return literal.negative ? -magnitude : magnitude;
}

/** The absolute value of a finite literal, or null when it is out of range. */
function magnitudeOf(scanned: FloatLiteral): number | null {
  if (scanned.exact) {
    if (scanned.significand === 0) return 0;
    // Both operands are exact, so that the one operation is rounded correctly (Clinger, "How to Read Floating
    // Point Numbers Accurately", 1990).
    const exponent = scanned.exponent - scanned.fractionDigits;
    if (exponent === 0) return scanned.significand;
    if (exponent > 0 && exponent <= 22) return scanned.significand * POWERS_OF_TEN[exponent];
    if (exponent < 0 && exponent >= -22) return scanned.significand / POWERS_OF_TEN[-exponent];
  }
  return scanned.hexadecimal ? roundHexadecimal(scanned) : roundDecimal(scanned);
}

function roundDecimal(scanned: FloatLiteral): number | null {
  const { text, exponent } = scanned.digits(MAX_DECIMAL_DIGITS);
  if (text === '') return 0;
  const value = Number(`${text}e${exponent + scanned.exponent}`);
  return value === 0 || value === Number.POSITIVE_INFINITY ? null : value;
}

function roundHexadecimal(scanned: FloatLiteral): number | null {
  const { text, exponent } = scanned.digits(MAX_HEX_DIGITS);
  if (text === '') return 0;
  const mantissa = BigInt(`0x${text}`);
  const rounded = roundToBits(mantissa, 4 * exponent + scanned.exponent, DOUBLE_BITS, DOUBLE_MIN_EXPONENT);
  if (rounded.mantissa === 0n) return null;
  if (bitLength(rounded.mantissa) + rounded.exponent > DOUBLE_MAX_EXPONENT) return null;
  return Number(rounded.mantissa) * 2 ** rounded.exponent;
}

/** `value` as Redis replies it: `%.17g`, with `inf`, `-inf` and `nan` for what is not finite. */
export function formatDouble(value: number): string {
  if (Number.isSafeInteger(value)) return value === 0 && 1 / value < 0 ? '-0' : String(value);
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';

  const scientific = toSeventeenDigits(value);
  const sign = value < 0 ? '-' : '';
  const mark = scientific.indexOf('e');
  const exponent = Number(scientific.slice(mark + 1));
  const digits = (scientific[sign.length] + scientific.slice(sign.length + 2, mark)).replace(/0+$/, '');
  if (exponent < -4 || exponent >= 17) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = exponent + 1;
  if (digits.length <= whole) return sign + digits.padEnd(whole, '0');
  return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
}

/** `value` in scientific notation with 17 digits, a tie rounded to an even last digit (toExponential rounds it up). */
function toSeventeenDigits(value: number): string {
  const rounded = value.toExponential(16);
  const mark = rounded.indexOf('e');
  const lastDigit = rounded.charCodeAt(mark - 1) - 0x30;
  if (lastDigit % 2 === 0) return rounded;
  // Rounded up to an odd digit: if value is exactly half-way, the even digit below is the right one. A tie has 18
  // digits and a power of two up to 2^25 as denominator, hence all of it shows in 50 digits.
  const long = value.toExponential(50);
  const tail = long.slice(long.indexOf('.') + 17, long.indexOf('e'));
  if (tail[0] !== '5' || !/^50*$/.test(tail)) return rounded;
  return `${rounded.slice(0, mark - 1)}${lastDigit - 1}${rounded.slice(mark)}`;
}

/**
 * Writes {@link formatDouble} of `value` from `bytes[offset]` on and returns the offset after it. Integers, the
 * usual case, make no string. {@link MAX_DOUBLE_LENGTH} bytes are always room enough.
 */
export function writeDouble(bytes: Uint8Array, offset: number, value: number): number {
  if (Number.isSafeInteger(value) && (value !== 0 || 1 / value > 0)) return writeDecimal(bytes, offset, value);
  const text = formatDouble(value);
  for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}
