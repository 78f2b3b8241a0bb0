/**
 * Reads the entries of tables of fields with values, the large form of hashes, on any view: also on a snapshot's.
 *
 * ```text
 * entry words 0, 1   as of every entry; owner's bit 13: long value
 * word 2             inline value: its length; else the pointer to a ByteStrings string, its length in word 3
 * field bytes
 * inline value's bytes, up to 512
 * ```
 */
import type { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import type { Pointer } from '../memory/layout.ts';
import { type ByteStringReader, LEAF_BYTES } from './byte-string.ts';
import { type EntryReader, tailOffset } from './entry.ts';

export const LONG_VALUE_BIT = 1 << 13;
export const VALUE_WORD = 2;
export const LONG_LENGTH_WORD = 3;

export class FieldReader {
  protected readonly view: HeapView;
  protected readonly entries: EntryReader;
  protected readonly reader: ByteStringReader;

  constructor(view: HeapView, entries: EntryReader, reader: ByteStringReader) {
    this.view = view;
    this.entries = entries;
    this.reader = reader;
  }

  /** Points `slice` at the field. */
  field(entry: Pointer, slice: Slice): Slice {
    return this.entries.key(entry, slice);
  }

  valueLength(entry: Pointer): number {
    return this.view.word(entry, this.hasLongValue(entry) ? LONG_LENGTH_WORD : VALUE_WORD);
  }

  /** True when the value is a string of its own, {@link longValue}. */
  hasLongValue(entry: Pointer): boolean {
    return (this.view.word(entry, 0) & LONG_VALUE_BIT) !== 0;
  }

  longValue(entry: Pointer): Pointer {
    return this.view.pointer(entry, VALUE_WORD);
  }

  /** Points `slice` at the value: its own bytes where they lie together, else a copy. */
  value(entry: Pointer, slice: Slice): Slice {
    const { view, reader } = this;
    const word0 = view.word(entry, 0);
    if ((word0 & LONG_VALUE_BIT) === 0) {
      const at = view.byteOffset(entry) + tailOffset(word0);
      return slice.point(view.bytesOf(entry), at, at + view.word(entry, VALUE_WORD));
    }
    const pointer = view.pointer(entry, VALUE_WORD);
    const length = view.word(entry, LONG_LENGTH_WORD);
    if (length <= LEAF_BYTES) {
      reader.seek(pointer, length, 0, length);
      return slice.point(reader.bytes, reader.start, reader.end);
    }
    const copy = new Uint8Array(length);
    reader.copyTo(pointer, length, 0, length, copy, 0);
    return slice.point(copy, 0, length);
  }
}
