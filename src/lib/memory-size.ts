/**
 * Amounts of memory as people write and read them: `64mb` in redis.conf and CONFIG SET, `1.23M` in INFO.
 * Behaves as `memtoull` and `bytesToHuman` of Redis 7.0.15.
 */

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

const UINT64_MAX = 2n ** 64n - 1n;
const MAX_DIGITS = 127;

const HUMAN_UNITS = ['K', 'M', 'G', 'T', 'P'];

/**
 * The bytes that `text` stands for, or null when it is malformed. Digits, then nothing or one of b, k, kb, m, mb,
 * g, gb in any case; k, m, g are powers of 1000, the others of 1024.
 *
 * As in Redis, missing digits count as 0, digits beyond 64 bits as 2^64 - 1, and the product wraps at 2^64.
 */
export function parseMemorySize(text: string): bigint | null {
  const digits = /^[0-9]*/.exec(text)![0];
  const unit = UNITS.get(text.slice(digits.length).toLowerCase());
  if (unit === undefined || digits.length > MAX_DIGITS) return null;
  const count = BigInt(digits);
  return BigInt.asUintN(64, (count > UINT64_MAX ? UINT64_MAX : count) * unit);
}

/** The shortest text that {@link parseMemorySize} reads as `bytes`, in the largest unit that divides it. */
export function formatMemorySize(bytes: number | bigint): string {
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

/** `bytes`, an integer, with two digits after the point in the largest unit of 1024s that fits: `1.23M`, `512B`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024 || bytes >= 1024 ** 6) return `${BigInt(bytes)}B`;
  let unit = 0;
  let value = bytes / 1024;
  while (value >= 1024) {
    value /= 1024;
    unit++;
  }
  // Half a hundredth is rounded to even, as C does it, and not up. It occurs at odd eighths only.
  const fraction = value % 1;
  if (fraction === 0.125 || fraction === 0.625) value -= 0.0025;
  return `${value.toFixed(2)}${HUMAN_UNITS[unit]}`;
}
