/**
 * Texts as C reads them, which is how SORT reads its patterns and numbers: up to the first NUL.
 */
import { parseDoubleRange } from '../../lib/double.ts';
import type { Slice } from '../../lib/slice.ts';

const SPACE = 0x20;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;
const SMALLEST_NORMAL = 2 ** -1022;

/** Where the text in `slice` ends, in its bytes. */
export function textEnd({ bytes, start, end }: Slice): number {
  let at = start;
  while (at < end && bytes[at] !== 0) at++;
  return at;
}

/**
 * The number that a text spells for `strtod`, all of it: white space may stand before it, and nothing at all is 0.
 * Null when it is none, or NaN, or out of range, where numbers that lose digits because they are too close to zero are
 * out of range too.
 */
export function parseNumber(slice: Slice): number | null {
  const { bytes, start } = slice;
  const end = textEnd(slice);
  if (start === end) return 0;
  let first = start;
  while (first < end && isSpace(bytes[first])) first++;
  const value = parseDoubleRange(bytes, first, end);
  if (value === null || value === 0 || Math.abs(value) >= SMALLEST_NORMAL) return value;
  // No decimal of reasonable length is a subnormal number exactly; hexadecimal ones are.
  return isHexadecimal(bytes, first, end) ? value : null;
}

function isSpace(byte: number): boolean {
  return byte === SPACE || (byte >= TAB && byte <= CARRIAGE_RETURN);
}

function isHexadecimal(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if ((bytes[i] | 0x20) === 0x78) return true;
  return false;
}
