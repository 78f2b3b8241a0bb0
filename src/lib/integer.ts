/**
 * 64-bit integers as decimal bytes, read and written without strings.
 *
 * Throughout the server an int64 is a number while it is a safe integer (up to ±(2^53 - 1)) and a bigint beyond
 * that, never the other way round: so a number that comes from here is always exact.
 *
 * What is accepted is the canonical form only (`string2ll` of Redis 7.0.15): no spaces, no plus sign, no leading
 * zeros, no `-0`. Hence parsing and writing back always gives the same bytes.
 */

import type { Slice } from './slice.ts';

const ZERO = 0x30;
const MINUS = 0x2d;

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const SAFE_MIN = BigInt(Number.MIN_SAFE_INTEGER);
const SAFE_MAX = BigInt(Number.MAX_SAFE_INTEGER);

// A sign and 19 digits.
const MAX_INT64_LENGTH = 20;
// Up to so many digits any value is safe.
const MAX_SAFE_DIGITS = 15;

// "00" "01" … "99".
const digitPairs = new Uint8Array(200);
for (let i = 0; i < 100; i++) {
  digitPairs[2 * i] = ZERO + Math.floor(i / 10);
  digitPairs[2 * i + 1] = ZERO + (i % 10);
}

/** The int64 that `slice` spells, or null. A number when safe, else a bigint; only the latter allocates. */
export function parseInt64(slice: Slice): number | bigint | null {
  return parseInt64Range(slice.bytes, slice.start, slice.end);
}

/** {@link parseInt64} for `bytes[start, end)`. */
export function parseInt64Range(bytes: Uint8Array, start: number, end: number): number | bigint | null {
  const length = end - start;
  if (length <= 0 || length > MAX_INT64_LENGTH) return null;
  let at = start;
  const negative = bytes[at] === MINUS;
  if (negative && ++at === end) return null;
  const first = bytes[at] - ZERO;
  if (first < 1 || first > 9) return first === 0 && length === 1 ? 0 : null;
  const digits = end - at;
  let value = first;
  if (digits <= MAX_SAFE_DIGITS) {
    for (at++; at < end; at++) {
      const digit = bytes[at] - ZERO;
      if (digit < 0 || digit > 9) return null;
      value = value * 10 + digit;
    }
    return negative ? -value : value;
  }
  return parseLong(bytes, at, end, negative);
}

/** The rest of {@link parseInt64Range}, for 16 digits and more. */
function parseLong(bytes: Uint8Array, start: number, end: number, negative: boolean): number | bigint | null {
  let upper = 0;
  let lower = 0;
  // The last ten digits apart from those before them: both parts are safe, and often so is the whole.
  const split = end - 10;
  for (let at = start; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return null;
    if (at < split) upper = upper * 10 + digit;
    else lower = lower * 10 + digit;
  }
  // A sum that reaches 2^53 may be rounded, but not to anything below 2^53.
  const sum = upper * 1e10 + lower;
  if (sum <= Number.MAX_SAFE_INTEGER) return negative ? -sum : sum;
  const magnitude = BigInt(upper) * 10_000_000_000n + BigInt(lower);
  const value = negative ? -magnitude : magnitude;
  return isInt64(value) ? value : null;
}

/** True when `value` lies within the signed 64-bit range. */
export function isInt64(value: bigint): boolean {
  return value >= INT64_MIN && value <= INT64_MAX;
}

/** `value` as a number where that is safe: the one form an int64 has in the server. */
export function normalizeInt64(value: bigint): number | bigint {
  return value >= SAFE_MIN && value <= SAFE_MAX ? Number(value) : value;
}

/** The exact sum, normalized, or null when it leaves the int64 range. Both operands are normalized int64. */
export function addInt64(a: number | bigint, b: number | bigint): number | bigint | null {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    // Two safe integers add up to at most 2^54; a sum that is safe was not rounded.
    if (Number.isSafeInteger(sum)) return sum;
  }
  const sum = BigInt(a) + BigInt(b);
  return isInt64(sum) ? normalizeInt64(sum) : null;
}

function int32Length(value: number): number {
  const magnitude = value < 0 ? -value : value;
  const sign = value < 0 ? 1 : 0;
  if (magnitude < 100) return sign + (magnitude < 10 ? 1 : 2);
  if (magnitude < 10_000) return sign + (magnitude < 1000 ? 3 : 4);
  if (magnitude < 1_000_000) return sign + (magnitude < 100_000 ? 5 : 6);
  if (magnitude < 100_000_000) return sign + (magnitude < 10_000_000 ? 7 : 8);
  return sign + (magnitude < 1_000_000_000 ? 9 : 10);
}

/** How many bytes {@link writeDecimal} writes for the safe integer `value`, the sign included. */
export function decimalLength(value: number): number {
  // Apart from the rest: mixed with floats, V8 would make an object of the number.
  if ((value | 0) === value && value > -0x80000000) return int32Length(value);
  let magnitude = value;
  let length = 1;
  if (value < 0) {
    magnitude = -value;
    length = 2;
  }
  while (magnitude >= 10_000) {
    magnitude /= 10_000;
    length += 4;
  }
  // What is left may have a fraction, which the comparisons ignore.
  if (magnitude >= 1000) return length + 3;
  if (magnitude >= 100) return length + 2;
  return magnitude >= 10 ? length + 1 : length;
}

/**
 * Writes the safe integer `value` in decimal from `bytes[offset]` on, and returns the offset after it. There must
 * be room: {@link decimalLength} tells how much, 17 bytes are always enough. -0 is written as 0.
 */
export function writeDecimal(bytes: Uint8Array, offset: number, value: number): number {
  if (value >= 0 && value < 10) {
    bytes[offset] = ZERO + value;
    return offset + 1;
  }
  const end = offset + decimalLength(value);
  if (value < 0) bytes[offset] = MINUS;
  if ((value | 0) === value && value > -0x80000000) {
    writeInt32Digits(bytes, end, value < 0 ? -value : value);
    return end;
  }
  let magnitude = value < 0 ? -value : value;
  let at = end;
  // Below 2^31 the arithmetic is that of integers, which is several times as fast.
  while (magnitude > 0x7fffffff) {
    const quotient = Math.floor(magnitude / 10_000);
    const four = magnitude - quotient * 10_000;
    magnitude = quotient;
    const upper = (four / 100) | 0;
    at -= 4;
    copyPair(bytes, at, upper);
    copyPair(bytes, at + 2, four - upper * 100);
  }
  writeInt32Digits(bytes, at, magnitude | 0);
  return end;
}

/** Writes the digits of a number from 0 to 2^31 - 1 so that they end before `end`. */
function writeInt32Digits(bytes: Uint8Array, end: number, value: number): void {
  let at = end;
  let rest = value;
  while (rest >= 100) {
    const quotient = (rest / 100) | 0;
    at -= 2;
    copyPair(bytes, at, rest - quotient * 100);
    rest = quotient;
  }
  if (rest >= 10) copyPair(bytes, at - 2, rest);
  else bytes[at - 1] = ZERO + rest;
}

/** Writes `value` in decimal from `bytes[offset]` on, and returns the offset after it. An int64 takes at most 20. */
export function writeBigDecimal(bytes: Uint8Array, offset: number, value: bigint): number {
  const text = value.toString();
  for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
  return offset + text.length;
}

/** Writes an int64 of either form: {@link writeDecimal} or {@link writeBigDecimal}. */
export function writeInt64(bytes: Uint8Array, offset: number, value: number | bigint): number {
  return typeof value === 'number' ? writeDecimal(bytes, offset, value) : writeBigDecimal(bytes, offset, value);
}

function copyPair(bytes: Uint8Array, offset: number, pair: number): void {
  bytes[offset] = digitPairs[2 * pair];
  bytes[offset + 1] = digitPairs[2 * pair + 1];
}
