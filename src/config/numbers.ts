/**
 * The number formats of redis.conf, read exactly to 64 bits.
 *
 * They follow the C functions that Redis uses (`string2ll`, `strtoll`, `memtoull`), oddities included: an empty
 * text is 0 where `strtoll` reads it, and sizes wrap around at 2^64.
 */

export const INT_MIN = -2147483648;
export const INT_MAX = 2147483647;
export const UINT_MAX = 4294967295;
const INT64_MIN = -(2n ** 63n);
export const INT64_MAX = 2n ** 63n - 1n;
export const UINT64_MAX = 2n ** 64n - 1n;

/** What `strtoll` reads when it reads the whole text, without a bound; null when something is left over. */
function parseWholeText(text: string, base: 8 | 10): bigint | null {
  if (text === '') return 0n;
  const match = (base === 8 ? /^[ \t\n\v\f\r]*([+-]?)([0-7]+)$/ : /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/).exec(text);
  if (match === null) return null;
  const value = BigInt(base === 8 ? `0o${match[2]}` : match[2]);
  return match[1] === '-' ? -value : value;
}

/** A decimal integer as `strtoll` reads it: too large a number becomes the nearest one. */
export function parseSaturating(text: string): bigint | null {
  const value = parseWholeText(text, 10);
  if (value === null) return null;
  return value > INT64_MAX ? INT64_MAX : value < INT64_MIN ? INT64_MIN : value;
}

/** An octal integer of 64 bits. */
export function parseOctal(text: string): bigint | null {
  const value = parseWholeText(text, 8);
  return value === null || value > INT64_MAX || value < INT64_MIN ? null : value;
}

const UNITS: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['b', 1n],
  ['k', 1000n],
  ['kb', 1024n],
  ['m', 1000n ** 2n],
  ['mb', 1024n ** 2n],
  ['g', 1000n ** 3n],
  ['gb', 1024n ** 3n],
]);

/** A number of bytes with an optional unit (b, k, kb, m, mb, g, gb), from 0 to 2^64-1. */
export function parseByteCount(text: string): bigint | null {
  const digits = /^[0-9]*/.exec(text)![0];
  const unit = UNITS.get(text.slice(digits.length).toLowerCase());
  if (unit === undefined || digits.length >= 128) return null;
  const count = digits === '' ? 0n : BigInt(digits);
  return BigInt.asUintN(64, (count > UINT64_MAX ? UINT64_MAX : count) * unit);
}

/** The shortest text that {@link parseByteCount} reads as `bytes`, in the largest unit that divides it. */
export function formatByteCount(bytes: number | bigint): string {
  const value = BigInt(bytes);
  if (value === 0n) return '0';
  for (const [unit, size] of [
    ['gb', 1n << 30n],
    ['mb', 1n << 20n],
    ['kb', 1n << 10n],
  ] as const) {
    if (value % size === 0n) return `${value / size}${unit}`;
  }
  return String(value);
}
