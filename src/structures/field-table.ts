/**
 * Hash tables of fields with values: the large form of hashes.
 *
 * ```text
 * entry words 0, 1   as of every entry; owner's bit 13: long value
 * word 2             inline value: its length; else the pointer to a ByteStrings string, its length in word 3
 * field bytes
 * inline value's bytes, up to 512
 * ```
 *
 * The methods whose names end in `Found` go on from the last {@link FieldTable.find}.
 */
import type { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import { type ByteStrings, LEAF_BYTES } from './byte-string.ts';
import { type Entries, tailOffset } from './entry.ts';
import type { KeyHasher } from './hash.ts';
import { HashTable } from './hash-table.ts';

const INLINE_VALUE_BYTES = 512;
const LONG_VALUE_BIT = 1 << 13;
const VALUE_WORD = 2;
const LONG_LENGTH_WORD = 3;

export class FieldTable {
  readonly table: HashTable;
  private readonly heap: Heap;
  private readonly entries: Entries;
  private readonly strings: ByteStrings;
  private hash = 0;

  constructor(heap: Heap, entries: Entries, strings: ByteStrings, hasher: KeyHasher) {
    this.heap = heap;
    this.entries = entries;
    this.strings = strings;
    this.table = new HashTable(heap, entries, hasher, null);
  }

  /** The entry of a field, or null. */
  find(root: Pointer, field: Slice): Pointer {
    this.hash = this.table.hashOf(field);
    return this.table.find(root, field, this.hash);
  }

  /** Adds a field that the last {@link find} did not find. Answers the root. */
  insert(root: Pointer, field: Slice, value: Slice): Pointer {
    const long = value.length > INLINE_VALUE_BYTES;
    const entry = this.entries.create(field, long ? 2 : 1, long ? 0 : value.length, long ? LONG_VALUE_BIT : 0);
    this.fill(entry, value);
    return this.table.insert(root, entry, this.hash);
  }

  /** Gives the field just found another value. Answers the root. */
  setFound(root: Pointer, entry: Pointer, value: Slice): Pointer {
    const { heap } = this;
    const word0 = heap.word(entry, 0);
    const length = value.length;
    if ((word0 & LONG_VALUE_BIT) === 0 && length <= INLINE_VALUE_BYTES && !heap.isFrozen(entry)) {
      const spare = heap.capacity(entry) - tailOffset(word0) - length;
      if (spare >= 0 && spare < 16 + (length >>> 3)) {
        this.fill(entry, value);
        return root;
      }
    }
    const long = length > INLINE_VALUE_BYTES;
    const fresh = this.entries.recreate(entry, long ? 2 : 1, long ? 0 : length, long ? LONG_VALUE_BIT : 0);
    this.fill(fresh, value);
    const newRoot = this.table.replaceFound(root, fresh, this.hash);
    this.freeValue(entry);
    // The field's long form, if it has one, has changed hands.
    heap.free(entry);
    return newRoot;
  }

  /** Takes out the field just found. Answers the root. */
  removeFound(root: Pointer, entry: Pointer): Pointer {
    const newRoot = this.table.removeFound(root, this.hash);
    this.free(entry);
    return newRoot;
  }

  /** Frees an entry with its field and its value. */
  free(entry: Pointer): void {
    this.freeValue(entry);
    this.entries.free(entry);
  }

  /** Points `slice` at the field. */
  field(entry: Pointer, slice: Slice): Slice {
    return this.entries.key(entry, slice);
  }

  valueLength(entry: Pointer): number {
    const word0 = this.heap.word(entry, 0);
    return this.heap.word(entry, (word0 & LONG_VALUE_BIT) === 0 ? VALUE_WORD : LONG_LENGTH_WORD);
  }

  /** Points `slice` at the value: its own bytes where they lie together, else a copy. */
  value(entry: Pointer, slice: Slice): Slice {
    const { heap, strings } = this;
    const word0 = heap.word(entry, 0);
    if ((word0 & LONG_VALUE_BIT) === 0) {
      const at = heap.byteOffset(entry) + tailOffset(word0);
      return slice.point(heap.bytesOf(entry), at, at + heap.word(entry, VALUE_WORD));
    }
    const pointer = heap.pointer(entry, VALUE_WORD);
    const length = heap.word(entry, LONG_LENGTH_WORD);
    if (length <= LEAF_BYTES) {
      strings.seek(pointer, length, 0, length);
      return slice.point(strings.bytes, strings.start, strings.end);
    }
    const copy = new Uint8Array(length);
    strings.copyTo(pointer, length, 0, length, copy, 0);
    return slice.point(copy, 0, length);
  }

  /** Calls `visit` with every block of the table and its entries. */
  walk(root: Pointer, visit: (block: Pointer) => void): void {
    this.table.walk(root, visit);
    this.table.forEach(root, (entry) => {
      this.entries.walk(entry, visit);
      if ((this.heap.word(entry, 0) & LONG_VALUE_BIT) === 0) return;
      this.strings.walk(this.heap.pointer(entry, VALUE_WORD), this.heap.word(entry, LONG_LENGTH_WORD), visit);
    });
  }

  private freeValue(entry: Pointer): void {
    if ((this.heap.word(entry, 0) & LONG_VALUE_BIT) === 0) return;
    this.strings.free(this.heap.pointer(entry, VALUE_WORD), this.heap.word(entry, LONG_LENGTH_WORD));
  }

  /** Writes the value into an entry that has room for it. */
  private fill(entry: Pointer, value: Slice): void {
    const { heap } = this;
    const words = heap.wordsOf(entry);
    const at = heap.wordOffset(entry);
    const { bytes: source, start, end } = value;
    const length = end - start;
    if ((words[at] & LONG_VALUE_BIT) === 0) {
      words[at + VALUE_WORD] = length;
      const target = heap.bytesOf(entry);
      const to = heap.byteOffset(entry) + tailOffset(words[at]);
      if (length > 64) target.set(source.subarray(start, end), to);
      else for (let i = 0; i < length; i++) target[to + i] = source[start + i];
    } else {
      words[at + VALUE_WORD] = this.strings.create(value);
      words[at + LONG_LENGTH_WORD] = length;
    }
  }
}
