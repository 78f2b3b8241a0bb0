/**
 * Sums in the range of an integer field, as BITFIELD's OVERFLOW says.
 *
 * Exact for all widths. Where Redis's own tests for overflow wrap around in 64 bits (a signed value so far below the
 * field's range that their difference is no int64), the outcome is Redis's.
 */
import { normalizeInt64 } from '../../lib/integer.ts';
import type { FieldType } from './field-window.ts';

export type Overflow = 'wrap' | 'sat' | 'fail';

/** Up to so many bits, and with increments below 2^52, all sums are exact as numbers. */
const MAX_NUMBER_BITS = 52;
const NUMBER_LIMIT = 2 ** 52;

/**
 * `value + increment`, both normalized int64, as a field of this type holds it; null where it does not fit and
 * `overflow` is `fail`.
 */
export function fitSum(
  { signed, bits }: FieldType,
  value: number | bigint,
  increment: number | bigint,
  overflow: Overflow,
): number | bigint | null {
  if (bits <= MAX_NUMBER_BITS && isSmall(value) && isSmall(increment)) {
    const max = signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1;
    const min = signed ? -(2 ** (bits - 1)) : 0;
    const sum = value + increment;
    // A negative value of an unsigned field stands for a large one.
    const isOver = sum > max || (!signed && value < 0);
    if (!isOver && sum >= min) return sum;
    if (overflow === 'fail') return null;
    if (overflow === 'sat') return isOver ? max : min;
    const wrapped = sum - Math.floor(sum / 2 ** bits) * 2 ** bits;
    return wrapped > max ? wrapped - 2 ** bits : wrapped;
  }
  return signed
    ? fitSigned(bits, BigInt(value), BigInt(increment), overflow)
    : fitUnsigned(bits, BigInt.asUintN(64, BigInt(value)), BigInt(increment), overflow);
}

function isSmall(value: number | bigint): value is number {
  return typeof value === 'number' && value < NUMBER_LIMIT && value > -NUMBER_LIMIT;
}

function fitUnsigned(bits: number, value: bigint, increment: bigint, overflow: Overflow): number | bigint | null {
  const max = (1n << BigInt(bits)) - 1n;
  const isOver = value > max || increment > max - value;
  if (!isOver && value + increment >= 0n) return normalizeInt64(value + increment);
  if (overflow === 'fail') return null;
  if (overflow === 'sat') return isOver ? normalizeInt64(max) : 0;
  return normalizeInt64(BigInt.asUintN(bits, value + increment));
}

function fitSigned(bits: number, value: bigint, increment: bigint, overflow: Overflow): number | bigint | null {
  const max = (1n << BigInt(bits - 1)) - 1n;
  const min = -max - 1n;
  const mostMore = BigInt.asIntN(64, max - value);
  const mostLess = BigInt.asIntN(64, min - value);
  const isOver = value > max || (increment > mostMore && (bits !== 64 || (value >= 0n && increment > 0n)));
  const isUnder = value < min || (increment < mostLess && (bits !== 64 || (value < 0n && increment < 0n)));
  if (!isOver && !isUnder) return normalizeInt64(value + increment);
  if (overflow === 'fail') return null;
  if (overflow === 'sat') return normalizeInt64(isOver ? max : min);
  return normalizeInt64(BigInt.asIntN(bits, value + increment));
}
