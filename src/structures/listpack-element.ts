import type { Slice } from '../lib/slice.ts';
import { copyBytes } from './byte-runs.ts';
import { Int64, MAX_INT64_DIGITS } from './int64.ts';
import {
  encodedBytesAt,
  integerHighAt,
  integerLowAt,
  isStringHead,
  type ListpackValue,
  stringHeadBytes,
} from './listpack-encoding.ts';

/**
 * One element of a listpack, decoded: a cursor that is made once and pointed at one element after another.
 *
 * A string element is a view into the listpack, so it dies when the listpack changes or moves; an integer element is
 * a copy.
 */
export class ListpackElement {
  /** Whether the element is stored as an integer; otherwise it is the string `bytes[start, end)`. */
  isInteger = true;
  /** The value of an integer element. */
  readonly integer = new Int64();
  /** The array the listpack lies in. */
  bytes: Uint8Array;
  start = 0;
  end = 0;
  private readonly digits = new Uint8Array(MAX_INT64_DIGITS);

  /** The element is the integer 0 until it is pointed at one. */
  constructor() {
    this.bytes = this.digits;
  }

  /** Decodes the element at `at`, an offset from the listpack's beginning at `base`; it must be a valid entry. */
  read(bytes: Uint8Array, base: number, at: number): this {
    const offset = base + at;
    const head = bytes[offset];
    if (this.bytes !== bytes) this.bytes = bytes;
    if (isStringHead(head)) {
      this.isInteger = false;
      this.start = offset + stringHeadBytes(head);
      this.end = offset + encodedBytesAt(bytes, offset);
    } else {
      const low = integerLowAt(bytes, offset);
      this.isInteger = true;
      this.integer.low = low;
      this.integer.high = integerHighAt(bytes, offset, low);
    }
    return this;
  }

  /** The length of the element as a string: of its bytes, or of its digits. */
  byteLength(): number {
    return this.isInteger ? this.integer.digitCount() : this.end - this.start;
  }

  /** Writes the bytes, or the digits, to `target` at `offset`, and answers the offset behind them. */
  writeTo(target: Uint8Array, offset: number): number {
    if (this.isInteger) return this.integer.writeDigits(target, offset);
    copyBytes(this.bytes, this.start, this.end, target, offset);
    return offset + (this.end - this.start);
  }

  /**
   * Points `slice` at the element's bytes, or at its digits in a scratch area of this cursor, which the next call of
   * this method or of {@link compare} overwrites.
   */
  toSlice(slice: Slice): Slice {
    if (!this.isInteger) return slice.point(this.bytes, this.start, this.end);
    return slice.point(this.digits, 0, this.integer.writeDigits(this.digits, 0));
  }

  /** True when the element is that value; the way to compare many elements with one value. */
  equals(value: ListpackValue): boolean {
    if (this.isInteger) return value.isInteger && this.integer.equals(value.integer);
    return this.equalsBytes(value.bytes, value.start, value.end);
  }

  /** True when the element, as a string, has the bytes of `slice`. */
  equalsSlice(slice: Slice): boolean {
    if (!this.isInteger) return this.equalsBytes(slice.bytes, slice.start, slice.end);
    return comparand.parse(slice.bytes, slice.start, slice.end) && this.integer.equals(comparand);
  }

  /** Orders the element, as a string, against `slice` as `memcmp` does, a shorter one before a longer one it begins. */
  compare(slice: Slice): number {
    let bytes = this.bytes;
    let start = this.start;
    let end = this.end;
    if (this.isInteger) {
      bytes = this.digits;
      start = 0;
      end = this.integer.writeDigits(bytes, 0);
    }
    const other = slice.bytes;
    const otherStart = slice.start;
    const otherLength = slice.end - otherStart;
    const length = Math.min(end - start, otherLength);
    for (let i = 0; i < length; i++) {
      const difference = bytes[start + i] - other[otherStart + i];
      if (difference !== 0) return difference;
    }
    return end - start - otherLength;
  }

  /** Sets `value` to this element. Digits held as a string, which only foreign listpacks have, become an integer. */
  toValue(value: ListpackValue): ListpackValue {
    return this.isInteger ? value.setInt64(this.integer) : value.setBytes(this.bytes, this.start, this.end);
  }

  private equalsBytes(other: Uint8Array, otherStart: number, otherEnd: number): boolean {
    const start = this.start;
    const length = this.end - start;
    if (otherEnd - otherStart !== length) return false;
    const bytes = this.bytes;
    for (let i = 0; i < length; i++) if (bytes[start + i] !== other[otherStart + i]) return false;
    return true;
  }
}

const comparand = new Int64();
