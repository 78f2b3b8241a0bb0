/**
 * Byte strings one after the other in one growing buffer: what SORT takes out of the keyspace, since looking up other
 * keys may expire some of them and so change it.
 */
import type { Pointer } from '../../keyspace/key-entry.ts';
import type { StringValues } from '../../keyspace/string-value.ts';
import type { Slice } from '../../lib/slice.ts';

/** What there is room for once something is appended. */
const FIRST_BYTES = 512;
const FIRST_COUNT = 32;
const NO_BYTES = new Uint8Array(0);
const NO_ENDS = new Float64Array(0);
const NUL = 0;

export class ByteVector {
  count = 0;
  /** Of all strings together. */
  byteLength = 0;
  private bytes: Uint8Array = NO_BYTES;
  /** Where string i ends; it begins where the one before it ends. */
  private ends: Float64Array = NO_ENDS;

  clear(): void {
    this.count = 0;
    this.byteLength = 0;
  }

  push(string: Slice): void {
    this.growBytes(string.length);
    const { bytes, byteLength } = this;
    if (string.length > 64) bytes.set(string.bytes.subarray(string.start, string.end), byteLength);
    else for (let i = string.start, at = byteLength; i < string.end; i++, at++) bytes[at] = string.bytes[i];
    this.end(string.length);
  }

  /** Appends the string value of an entry. */
  pushValue(values: StringValues, entry: Pointer): void {
    const length = values.length(entry);
    this.growBytes(length);
    for (let at = 0; at < length; ) {
      const run = values.seek(entry, at, length);
      this.bytes.set(values.bytes.subarray(values.start, values.end), this.byteLength + at);
      at += run;
    }
    this.end(length);
  }

  /** Points `target` at a string. Valid until the next one is appended. */
  get(index: number, target: Slice): Slice {
    return target.point(this.bytes, this.startOf(index), this.ends[index]);
  }

  /** Orders two strings as `memcmp` does, a shorter one before a longer one it begins. */
  compare(a: number, b: number): number {
    return this.compareRanges(this.startOf(a), this.ends[a], this.startOf(b), this.ends[b]);
  }

  /** Orders two strings up to their first NUL, as `strcoll` does in the C locale. */
  compareTexts(a: number, b: number): number {
    return this.compareRanges(this.startOf(a), this.textEnd(a), this.startOf(b), this.textEnd(b));
  }

  private compareRanges(a: number, aEnd: number, b: number, bEnd: number): number {
    const { bytes } = this;
    const length = Math.min(aEnd - a, bEnd - b);
    for (let i = 0; i < length; i++) {
      const difference = bytes[a + i] - bytes[b + i];
      if (difference !== 0) return difference;
    }
    return aEnd - a - (bEnd - b);
  }

  private startOf(index: number): number {
    return index === 0 ? 0 : this.ends[index - 1];
  }

  private textEnd(index: number): number {
    const end = this.ends[index];
    let at = this.startOf(index);
    while (at < end && this.bytes[at] !== NUL) at++;
    return at;
  }

  private end(length: number): void {
    if (this.count === this.ends.length) {
      const longer = new Float64Array(Math.max(FIRST_COUNT, this.count * 2));
      longer.set(this.ends);
      this.ends = longer;
    }
    this.byteLength += length;
    this.ends[this.count++] = this.byteLength;
  }

  private growBytes(more: number): void {
    const needed = this.byteLength + more;
    if (needed <= this.bytes.length) return;
    const longer = new Uint8Array(Math.max(FIRST_BYTES, needed, this.bytes.length * 2));
    longer.set(this.bytes.subarray(0, this.byteLength));
    this.bytes = longer;
  }
}
