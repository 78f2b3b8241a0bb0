/**
 * Ranges of scores: `1.5`, `(1.5` without the bound itself, `-inf`, `+inf`.
 */
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import { parseDoubleRange } from '../../lib/double.ts';
import { FloatLiteral } from '../../lib/float-literal.ts';
import type { Slice } from '../../lib/slice.ts';
import { errors } from '../../protocol/errors.ts';

const OPEN = 0x28;
const literal = new FloatLiteral();

/** A range of scores; reused for one command after another. */
export class ScoreRange {
  /** After {@link resolve}: the rank of the first member in the range, … */
  from = 0;
  /** … and the rank behind the last one, not below {@link from}. */
  to = 0;
  private min = 0;
  private max = 0;
  private excludesMin = false;
  private excludesMax = false;

  /** @throws ReplyError `ERR min or max is not a float`. */
  parse(min: Slice, max: Slice): this {
    this.excludesMin = isExclusive(min);
    this.min = parseBound(min, this.excludesMin);
    this.excludesMax = isExclusive(max);
    this.max = parseBound(max, this.excludesMax);
    return this;
  }

  /** Finds the range in a sorted set. */
  resolve(zset: ZsetValue): void {
    this.from = zset.rankOfScore(this.min, this.excludesMin);
    this.to = Math.max(this.from, zset.rankOfScore(this.max, !this.excludesMax));
  }
}

function isExclusive(text: Slice): boolean {
  return text.length > 0 && text.byteAt(0) === OPEN;
}

/** Reads what C's `strtod` reads: spaces before it, nothing at all for 0, anything behind a NUL, any exponent. */
function parseBound(text: Slice, exclusive: boolean): number {
  const { bytes } = text;
  let start = text.start + (exclusive ? 1 : 0);
  let end = bytes.indexOf(0, start);
  if (end < 0 || end > text.end) end = text.end;
  if (start === end) return 0;
  while (start < end && isSpace(bytes[start])) start++;
  const value = parseDoubleRange(bytes, start, end);
  if (value !== null) return value;
  if (!literal.scan(bytes, start, end)) throw errors.minMaxNotFloat;
  // Too large or too small for a double.
  const { text: digits, exponent } = literal.digits(40);
  const magnitude = literal.hexadecimal
    ? (digits.length + exponent) * 4 + literal.exponent
    : digits.length + exponent + literal.exponent;
  if (magnitude < 0) return 0;
  return literal.negative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d);
}
