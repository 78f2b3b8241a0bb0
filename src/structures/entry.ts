/**
 * Entries: the blocks that hash tables point at. All kinds (keys of the keyspace, fields of hashes, members of sets
 * and sorted sets) begin alike, so that one table serves them all.
 *
 * ```text
 * word 0   | key length 16 | flags 4 | prefix words 3 … | size class 8 |     bits 31..0
 *            flags: bit 11 long key, bit 12 shared, bits 13–15 the owner's
 * word 1   birth epoch
 * prefix   0 to 7 words, the owner's
 * key      its bytes; of a long key its pointer and its length, two words
 * tail     the owner's, for example an inline value
 * ```
 *
 * A key longer than {@link INLINE_KEY_BYTES} is a {@link ByteStrings} string. Entries store no hash: a table needs it
 * only when it grows, and then computing it costs less than the miss that reads the key.
 */
import { copyShort } from '../lib/copy-short.ts';
import type { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { CLASS_SIZE, HEADER_BYTES, HEADER_WORDS, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { type ByteStringReader, type ByteStrings, LEAF_BYTES } from './byte-string.ts';
import type { StringWindow } from './string-window.ts';

export const INLINE_KEY_BYTES = 1024;

const PREFIX_SHIFT = 8;
const PREFIX_MASK = 7;
const LONG_KEY_BIT = 1 << 11;
const KEY_LENGTH_SHIFT = 16;
const LONG_KEY_BYTES = 8;

/** The bits of word 0 that belong to the owner of the entry. */
export const OWNER_BITS = 0x0000e000;

/** The words of an entry's prefix. */
export function prefixWords(word0: number): number {
  return (word0 >>> PREFIX_SHIFT) & PREFIX_MASK;
}

/** True when the key is not in the block. */
export function hasLongKey(word0: number): boolean {
  return (word0 & LONG_KEY_BIT) !== 0;
}

/** Byte offset of the key in its block. */
export function keyOffset(word0: number): number {
  return HEADER_BYTES + (((word0 >>> PREFIX_SHIFT) & PREFIX_MASK) << 2);
}

/** Bytes that the key takes in the block. */
export function inlineKeyBytes(word0: number): number {
  return word0 >>> KEY_LENGTH_SHIFT;
}

/** Byte offset of what follows the key. */
export function tailOffset(word0: number): number {
  return keyOffset(word0) + (word0 >>> KEY_LENGTH_SHIFT);
}

/** Reads the keys of entries. */
export class EntryReader {
  protected readonly view: HeapView;
  protected readonly reader: ByteStringReader;

  constructor(view: HeapView, reader: ByteStringReader) {
    this.view = view;
    this.reader = reader;
  }

  keyLength(entry: Pointer): number {
    const word0 = this.view.word(entry, 0);
    return hasLongKey(word0) ? this.longWord(entry, word0, 1) : word0 >>> KEY_LENGTH_SHIFT;
  }

  /** True when the entry's key is `key`. */
  keyEquals(entry: Pointer, key: Slice): boolean {
    const segment = entry >>> SEGMENT_SHIFT;
    const word0 = this.view.u32[segment][(entry & UNIT_MASK) << 2];
    const length = word0 >>> KEY_LENGTH_SHIFT;
    if ((word0 & LONG_KEY_BIT) !== 0) return this.longKeyEquals(entry, word0, key);
    const start = key.start;
    if (key.end - start !== length) return false;
    const bytes = this.view.u8[segment];
    const at = ((entry & UNIT_MASK) << 4) + HEADER_BYTES + (((word0 >>> PREFIX_SHIFT) & PREFIX_MASK) << 2);
    const other = key.bytes;
    // Keys that differ mostly do so at their ends.
    for (let i = length - 1; i >= 0; i--) if (bytes[at + i] !== other[start + i]) return false;
    return true;
  }

  /**
   * Points `slice` at the key: at the entry's own bytes, or for a long key at a copy. Valid until the entry changes.
   */
  key(entry: Pointer, slice: Slice): Slice {
    const word0 = this.view.word(entry, 0);
    if (hasLongKey(word0)) {
      const pointer = this.longWord(entry, word0, 0) as Pointer;
      const length = this.longWord(entry, word0, 1);
      if (length <= LEAF_BYTES) {
        this.reader.seek(pointer, length, 0, length);
        return slice.point(this.reader.bytes, this.reader.start, this.reader.end);
      }
      const copy = new Uint8Array(length);
      this.reader.copyTo(pointer, length, 0, length, copy, 0);
      return slice.point(copy, 0, length);
    }
    const at = this.view.byteOffset(entry) + keyOffset(word0);
    return slice.point(this.view.bytesOf(entry), at, at + (word0 >>> KEY_LENGTH_SHIFT));
  }

  /** Calls `visit` with the entry's block and those of its long key, not with what the owner hangs on it. */
  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    const word0 = this.view.word(entry, 0);
    if (hasLongKey(word0)) {
      this.reader.walk(this.longWord(entry, word0, 0) as Pointer, this.longWord(entry, word0, 1), visit);
    }
    visit(entry);
  }

  /** Bytes of the entry's block and those of its long key. */
  blockBytes(entry: Pointer): number {
    const word0 = this.view.word(entry, 0);
    const bytes = CLASS_SIZE[word0 & 0xff];
    if (!hasLongKey(word0)) return bytes;
    return bytes + this.reader.blockBytes(this.longWord(entry, word0, 0) as Pointer, this.longWord(entry, word0, 1));
  }

  private longKeyEquals(entry: Pointer, word0: number, key: Slice): boolean {
    const length = this.longWord(entry, word0, 1);
    return key.length === length && this.reader.equals(this.longWord(entry, word0, 0) as Pointer, length, key);
  }

  protected longWord(entry: Pointer, word0: number, index: number): number {
    return this.view.word(entry, HEADER_WORDS + prefixWords(word0) + index);
  }
}

/** Makes and frees entries. */
export class Entries extends EntryReader {
  private readonly heap: Heap;
  private readonly strings: ByteStrings;

  constructor(heap: Heap, strings: ByteStrings) {
    super(heap, strings);
    this.heap = heap;
    this.strings = strings;
  }

  /**
   * A new entry with `prefix` words (not written) before its key and `tailBytes` (not written) behind it.
   * `ownerBits` are bits of {@link OWNER_BITS}.
   */
  create(key: Slice, prefix: number, tailBytes: number, ownerBits: number): Pointer {
    const keyLength = key.end - key.start;
    if (keyLength > INLINE_KEY_BYTES) return this.createLong(key, prefix, tailBytes, ownerBits);
    const entry = this.heap.allocate(HEADER_BYTES + (prefix << 2) + keyLength + tailBytes);
    const segment = entry >>> SEGMENT_SHIFT;
    this.heap.u32[segment][(entry & UNIT_MASK) << 2] |=
      (prefix << PREFIX_SHIFT) | (keyLength << KEY_LENGTH_SHIFT) | ownerBits;
    const bytes = this.heap.u8[segment];
    const at = ((entry & UNIT_MASK) << 4) + HEADER_BYTES + (prefix << 2);
    copyShort(key.bytes, key.start, key.end, bytes, at);
    return entry;
  }

  /**
   * A new entry with the key of `entry`. A long key changes hands, so the caller frees the old block alone. The prefix and
   * the tail are not copied.
   */
  recreate(entry: Pointer, prefix: number, tailBytes: number, ownerBits: number): Pointer {
    const old0 = this.heap.word(entry, 0);
    const keyBytes = inlineKeyBytes(old0);
    const fresh = this.heap.allocate(HEADER_BYTES + (prefix << 2) + keyBytes + tailBytes);
    this.heap.wordsOf(fresh)[this.heap.wordOffset(fresh)] |=
      (prefix << PREFIX_SHIFT) | (old0 & LONG_KEY_BIT) | (keyBytes << KEY_LENGTH_SHIFT) | ownerBits;
    const source = this.heap.bytesOf(entry);
    const from = this.heap.byteOffset(entry) + keyOffset(old0);
    const target = this.heap.bytesOf(fresh);
    const to = this.heap.byteOffset(fresh) + HEADER_BYTES + (prefix << 2);
    copyShort(source, from, from + keyBytes, target, to);
    return fresh;
  }

  /**
   * Inserts `added` words, not written, into the prefix of a writable entry before word `at`, or takes away as many
   * where that is negative, and flips `ownerBits`. The entry has `bytes`, and its block room for what is added.
   */
  changePrefix(entry: Pointer, bytes: number, at: number, added: number, ownerBits: number): void {
    const words = this.heap.wordsOf(entry);
    const base = this.heap.wordOffset(entry);
    const from = base + at + Math.max(0, -added);
    words.copyWithin(from + added, from, base + ((bytes + 3) >>> 2));
    words[base] = (words[base] + (added << PREFIX_SHIFT)) ^ ownerBits;
  }

  /**
   * Moves the entry's block and those of its long key, as far as `window` takes them, where they lie in slabs being
   * evacuated; what the owner hangs on it stays. Answers where the entry is now.
   */
  relocate(entry: Pointer, window: StringWindow): Pointer {
    const word0 = this.heap.word(entry, 0);
    let current = entry;
    if (hasLongKey(word0)) {
      const key = this.longWord(entry, word0, 0) as Pointer;
      const moved = window.relocate(this.strings, key, this.longWord(entry, word0, 1));
      if (moved !== key) {
        current = this.heap.writable(current);
        this.heap.wordsOf(current)[this.heap.wordOffset(current) + HEADER_WORDS + prefixWords(word0)] = moved;
      }
    }
    return this.heap.moved(current);
  }

  /** Frees the entry's block and its long key. */
  free(entry: Pointer): void {
    const word0 = this.heap.word(entry, 0);
    if (hasLongKey(word0)) {
      this.strings.free(this.longWord(entry, word0, 0) as Pointer, this.longWord(entry, word0, 1));
    }
    this.heap.free(entry);
  }

  private createLong(key: Slice, prefix: number, tailBytes: number, ownerBits: number): Pointer {
    const string = this.strings.create(key);
    const entry = this.heap.allocate(HEADER_BYTES + (prefix << 2) + LONG_KEY_BYTES + tailBytes);
    const words = this.heap.wordsOf(entry);
    const at = this.heap.wordOffset(entry);
    words[at] |= (prefix << PREFIX_SHIFT) | LONG_KEY_BIT | (LONG_KEY_BYTES << KEY_LENGTH_SHIFT) | ownerBits;
    words[at + HEADER_WORDS + prefix] = string;
    words[at + HEADER_WORDS + prefix + 1] = key.end - key.start;
    return entry;
  }
}
