/**
 * Reads the string values of key entries, inline or long, run by run.
 */
import type { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { type ByteStringReader, LEAF_BYTES } from '../structures/byte-string.ts';
import { tailOffset } from '../structures/entry.ts';
import { LONG_STRING_BIT, longLengthWord, VALUE_WORD, valuePointer } from './key-entry.ts';

export class StringValues {
  /** The run that {@link seek} found: `bytes[start, end)`. */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  private readonly view: HeapView;
  private readonly reader: ByteStringReader;

  constructor(view: HeapView, reader: ByteStringReader) {
    this.view = view;
    this.reader = reader;
  }

  /** Bytes of the string. */
  length(entry: Pointer): number {
    const word0 = this.view.word(entry, 0);
    return this.view.word(entry, (word0 & LONG_STRING_BIT) === 0 ? VALUE_WORD : longLengthWord(word0));
  }

  isInline(entry: Pointer): boolean {
    return (this.view.word(entry, 0) & LONG_STRING_BIT) === 0;
  }

  /** Points `slice` at an inline string, without a copy. Valid until the entry changes. */
  inline(entry: Pointer, slice: Slice): Slice {
    const segment = entry >>> SEGMENT_SHIFT;
    const words = this.view.u32[segment];
    const base = (entry & UNIT_MASK) << 2;
    const at = (base << 2) + tailOffset(words[base]);
    return slice.point(this.view.u8[segment], at, at + words[base + VALUE_WORD]);
  }

  /**
   * Points the run at the bytes from `offset` on, as far as they lie together and `limit` allows, and answers their
   * number: `for (let at = from; at < to; at += values.seek(entry, at, to))` walks over a range.
   */
  seek(entry: Pointer, offset: number, limit: number): number {
    const word0 = this.view.word(entry, 0);
    if ((word0 & LONG_STRING_BIT) === 0) {
      this.bytes = this.view.bytesOf(entry);
      this.start = this.view.byteOffset(entry) + tailOffset(word0) + offset;
      this.end = this.start + limit - offset;
      return limit - offset;
    }
    const run = this.reader.seek(
      valuePointer(this.view, entry),
      this.view.word(entry, longLengthWord(word0)),
      offset,
      limit,
    );
    this.bytes = this.reader.bytes;
    this.start = this.reader.start;
    this.end = this.reader.end;
    return run;
  }

  /** True when the run that {@link seek} found takes no memory, and is all zeros. */
  get isHole(): boolean {
    return this.bytes === this.reader.bytes && this.reader.isHole;
  }

  /** The whole string in one range: its own bytes where they lie together, else a copy. */
  slice(entry: Pointer, slice: Slice): Slice {
    const length = this.length(entry);
    if (this.isInline(entry)) return this.inline(entry, slice);
    if (length <= LEAF_BYTES) {
      this.seek(entry, 0, length);
      return slice.point(this.bytes, this.start, this.end);
    }
    return slice.point(this.copy(entry, 0, length), 0, length);
  }

  /** A copy of the bytes `[from, to)`. */
  copy(entry: Pointer, from: number, to: number): Uint8Array {
    const copy = new Uint8Array(to - from);
    for (let at = from; at < to; ) {
      const run = this.seek(entry, at, to);
      copy.set(this.bytes.subarray(this.start, this.end), at - from);
      at += run;
    }
    return copy;
  }
}
