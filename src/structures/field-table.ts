/**
 * Hash tables of fields with values: the large form of hashes.
 *
 * Entries are read by {@link FieldReader}, which has their layout.
 *
 * The methods whose names end in `Found` go on from the last {@link FieldTable.find}.
 */
import type { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import { copyBytes } from './byte-runs.ts';
import type { ByteStrings } from './byte-string.ts';
import { type Entries, tailOffset } from './entry.ts';
import { FieldReader, LONG_LENGTH_WORD, LONG_VALUE_BIT, VALUE_WORD } from './field-reader.ts';
import type { KeyHasher } from './hash.ts';
import { HashTable } from './hash-table.ts';
import type { StringWindow } from './string-window.ts';

const INLINE_VALUE_BYTES = 512;

export class FieldTable extends FieldReader {
  readonly table: HashTable;
  protected override readonly entries: Entries;
  private readonly heap: Heap;
  private readonly strings: ByteStrings;
  private hash = 0;

  constructor(heap: Heap, entries: Entries, strings: ByteStrings, hasher: KeyHasher) {
    super(heap, entries, strings);
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

  /**
   * Moves what lies in slabs being evacuated, bucket by bucket: see {@link HashTable.relocate}. Of long fields and values
   * it moves what `window` takes.
   */
  relocate(root: Pointer, cursor: number, window: StringWindow): Pointer {
    return this.table.relocate(root, cursor, (entry) => this.relocateEntry(entry, window));
  }

  private relocateEntry(entry: Pointer, window: StringWindow): Pointer {
    const { heap } = this;
    let current = entry;
    if (this.hasLongValue(entry)) {
      const value = this.longValue(entry);
      const moved = window.relocate(this.strings, value, heap.word(entry, LONG_LENGTH_WORD));
      if (moved !== value) {
        current = heap.writable(current);
        heap.wordsOf(current)[heap.wordOffset(current) + VALUE_WORD] = moved;
      }
    }
    return this.entries.relocate(current, window);
  }

  /** Bytes of an entry's blocks, those of a long field and of a long value included. */
  entryBytes(entry: Pointer): number {
    const bytes = this.entries.blockBytes(entry);
    if (!this.hasLongValue(entry)) return bytes;
    return bytes + this.strings.blockBytes(this.longValue(entry), this.heap.word(entry, LONG_LENGTH_WORD));
  }

  /** Frees an entry with its field and its value. */
  free(entry: Pointer): void {
    this.freeValue(entry);
    this.entries.free(entry);
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
      copyBytes(source, start, end, target, to);
    } else {
      words[at + VALUE_WORD] = this.strings.create(value);
      words[at + LONG_LENGTH_WORD] = length;
    }
  }
}
