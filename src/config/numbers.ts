/**
 * The number formats of redis.conf, read exactly to 64 bits.
 *
 * They follow the C functions that Redis uses (`string2ll`, `strtoll`), oddities included: an empty text is 0 where
 * `strtoll` reads it. Sizes are in lib/memory-size.ts.
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
