/**
 * One database: its keys, and what is written under them, strings and structures.
 *
 * An entry's pointer is valid until the next change of the same database. The methods whose names end in `Found` go on
 * from the last look-up of this database.
 */
import { copyShort } from '../lib/copy-short.ts';
import { Slice } from '../lib/slice.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { copyBytes } from '../structures/byte-runs.ts';
import { tailOffset } from '../structures/entry.ts';
import { packedBase } from '../structures/packed-block.ts';
import {
  ACCESS_WORD,
  deadlineOf,
  EXPIRES_BIT,
  INLINE_VALUE_BYTES,
  isInline,
  LONG_STRING_BIT,
  longLengthWord,
  prefixFor,
  STRING_AUTO,
  STRING_RAW,
  TYPE_STRING,
  typeOf,
  VALUE_WORD,
  type ValueType,
} from './key-entry.ts';
import { NO_DEADLINE } from './key-table.ts';
import { EVENT_NEW } from './keyspace-events.ts';
import { LiveKeys } from './live-keys.ts';

/** Says of a write that the key's deadline stays. */
export const KEEP_DEADLINE = -1;

export class Database extends LiveKeys {
  private readonly scratch = new Uint8Array(INLINE_VALUE_BYTES);
  private readonly scratchSlice = new Slice(this.scratch, 0, 0);

  // Strings

  /**
   * Sets `key` to a string, whatever it held. `deadlineMs` is Unix milliseconds, {@link NO_DEADLINE} or
   * {@link KEEP_DEADLINE}; `encoding` one of the `STRING_` constants.
   */
  setString(key: Slice, value: Slice, deadlineMs: number, encoding: number = STRING_AUTO): void {
    const entry = this.find(key);
    if (entry === NULL)
      this.insertString(key, value, deadlineMs === KEEP_DEADLINE ? NO_DEADLINE : deadlineMs, encoding);
    else this.setStringFound(entry, value, deadlineMs, encoding);
  }

  /** Makes the key just found a string, as {@link setString} does. */
  setStringFound(entry: Pointer, value: Slice, deadlineMs: number, encoding: number = STRING_AUTO): void {
    const words = this.heap.u32[entry >>> SEGMENT_SHIFT];
    const at = (entry & UNIT_MASK) << 2;
    const word0 = words[at];
    const length = value.end - value.start;
    const stamp = this.commons.access.touched(words[at + ACCESS_WORD] >>> 8);
    const keepsShape = (word0 & EXPIRES_BIT) === 0 ? deadlineMs <= 0 : deadlineMs !== NO_DEADLINE;
    // The usual case: a short string replaces a short string, and fits into its block without wasting much of it.
    if (
      keepsShape &&
      length <= INLINE_VALUE_BYTES &&
      (word0 & LONG_STRING_BIT) === 0 &&
      (words[at + ACCESS_WORD] & 15) === TYPE_STRING &&
      !this.heap.isFrozen(entry)
    ) {
      const tail = tailOffset(word0);
      const spare = this.heap.capacity(entry) - tail - length;
      if (spare >= 0 && spare < 16 + (length >>> 3)) {
        words[at + VALUE_WORD] = length;
        words[at + ACCESS_WORD] = (stamp << 8) | (encoding << 4) | TYPE_STRING;
        this.writeTail(entry, tail, value);
        if (deadlineMs > 0) this.setDeadlineFound(entry, deadlineMs);
        return;
      }
    }
    let deadline = deadlineMs;
    if (deadlineMs === KEEP_DEADLINE) {
      deadline = (word0 & EXPIRES_BIT) === 0 ? NO_DEADLINE : deadlineOf(this.heap, entry);
    }
    const bits = stringBits(length, deadline);
    const tailBytes = (bits & LONG_STRING_BIT) === 0 ? length : 0;
    const fresh = this.commons.entries.recreate(entry, prefixFor(bits), tailBytes, bits);
    this.fillString(fresh, value, deadline, encoding, stamp);
    this.swapFound(entry, fresh, deadline);
  }

  /** Makes a string under a key that the last {@link find} did not answer. */
  addString(key: Slice, value: Slice, deadlineMs: number, encoding: number = STRING_AUTO): void {
    // Keys past their deadline that must stay are not answered and yet in the table.
    if (this.commons.keepsExpired) this.setString(key, value, deadlineMs, encoding);
    else this.insertString(key, value, deadlineMs, encoding);
  }

  /** Adds a string under a key that the last {@link peek} did not find. */
  insertString(key: Slice, value: Slice, deadlineMs: number, encoding: number = STRING_AUTO): void {
    const length = value.end - value.start;
    const bits = stringBits(length, deadlineMs);
    const tailBytes = (bits & LONG_STRING_BIT) === 0 ? length : 0;
    const entry = this.commons.entries.create(key, prefixFor(bits), tailBytes, bits);
    this.fillString(entry, value, deadlineMs, encoding, this.commons.access.initial());
    this.insertEntry(entry, deadlineMs);
    this.notify(key, EVENT_NEW, 'new');
  }

  /**
   * Writes bytes into the string just found from `offset` on, growing it as needed, a gap filled with zeros. Its
   * encoding becomes `raw`, its deadline stays. Nothing may be written at the string's end, but not behind it.
   */
  writeStringFound(entry: Pointer, offset: number, value: Slice): void {
    const values = this.commons.stringValues;
    const strings = this.commons.strings;
    const length = values.length(entry);
    const end = offset + (value.end - value.start);
    const newLength = Math.max(end, length);
    if (values.isInline(entry)) {
      if (this.writeInPlace(entry, offset, value, length, newLength)) return;
      const old = values.inline(entry, this.scratchSlice);
      this.scratch.set(old.bytes.subarray(old.start, old.end));
      if (newLength <= INLINE_VALUE_BYTES) {
        if (offset > length) this.scratch.fill(0, length, offset);
        this.scratch.set(value.bytes.subarray(value.start, value.end), offset);
        this.setStringFound(entry, old.point(this.scratch, 0, newLength), KEEP_DEADLINE, STRING_RAW);
        return;
      }
      const base = length === 0 ? NULL : strings.create(old.point(this.scratch, 0, length));
      this.becomeLong(entry, strings.write(base, length, offset, value), newLength);
      return;
    }
    const writable = this.writableFound(entry);
    if (end > offset) {
      const pointer = strings.write(this.heap.pointer(writable, VALUE_WORD), length, offset, value);
      this.setWord(writable, VALUE_WORD, pointer);
    }
    this.setWord(writable, longLengthWord(this.heap.word(writable, 0)), newLength);
    this.setWord(writable, ACCESS_WORD, (this.heap.word(writable, ACCESS_WORD) & ~0xf0) | (STRING_RAW << 4));
  }

  /** As {@link writeStringFound}, where the entry's block has room for an inline string of `newLength` bytes. */
  private writeInPlace(entry: Pointer, offset: number, value: Slice, length: number, newLength: number): boolean {
    const { heap } = this;
    const words = heap.u32[entry >>> SEGMENT_SHIFT];
    const at = (entry & UNIT_MASK) << 2;
    const tail = tailOffset(words[at]);
    if (newLength > INLINE_VALUE_BYTES || tail + newLength > heap.capacity(entry) || heap.isFrozen(entry)) return false;
    if (offset > length) {
      const start = ((entry & UNIT_MASK) << 4) + tail;
      heap.u8[entry >>> SEGMENT_SHIFT].fill(0, start + length, start + offset);
    }
    this.writeTail(entry, tail + offset, value);
    words[at + VALUE_WORD] = newLength;
    words[at + ACCESS_WORD] = (words[at + ACCESS_WORD] & ~0xf0) | (STRING_RAW << 4);
    return true;
  }

  private becomeLong(entry: Pointer, value: Pointer, length: number): void {
    const deadline = (this.heap.word(entry, 0) & EXPIRES_BIT) === 0 ? NO_DEADLINE : deadlineOf(this.heap, entry);
    const bits = stringBits(length, deadline);
    const fresh = this.commons.entries.recreate(entry, prefixFor(bits), 0, bits);
    this.setWord(fresh, ACCESS_WORD, (this.heap.word(entry, ACCESS_WORD) & ~0xff) | (STRING_RAW << 4) | TYPE_STRING);
    this.setWord(fresh, VALUE_WORD, value);
    this.setWord(fresh, longLengthWord(this.heap.word(fresh, 0)), length);
    if (deadline !== NO_DEADLINE) this.setDeadline(fresh, deadline);
    this.swapFound(entry, fresh, deadline);
  }

  /** Writes everything but the key into an entry made for it. */
  private fillString(entry: Pointer, value: Slice, deadlineMs: number, encoding: number, stamp: number): void {
    const words = this.heap.u32[entry >>> SEGMENT_SHIFT];
    const at = (entry & UNIT_MASK) << 2;
    const word0 = words[at];
    const length = value.end - value.start;
    words[at + ACCESS_WORD] = (stamp << 8) | (encoding << 4) | TYPE_STRING;
    if (deadlineMs !== NO_DEADLINE) this.setDeadline(entry, deadlineMs);
    if ((word0 & LONG_STRING_BIT) === 0) {
      words[at + VALUE_WORD] = length;
      this.writeTail(entry, tailOffset(word0), value);
    } else {
      words[at + VALUE_WORD] = this.commons.strings.create(value);
      words[at + longLengthWord(word0)] = length;
    }
  }

  private writeTail(entry: Pointer, offset: number, value: Slice): void {
    const target = this.heap.u8[entry >>> SEGMENT_SHIFT];
    const at = ((entry & UNIT_MASK) << 4) + offset;
    const { bytes, start, end } = value;
    if (end - start > 96) target.set(bytes.subarray(start, end), at);
    else copyShort(bytes, start, end, target, at);
  }

  // Values of other types

  /**
   * Adds a value of another type than string under a key that the last look-up did not find: its structure, or the
   * block of a packed value, which is freed where the value fits the entry. Answers the entry.
   */
  insertValue(
    key: Slice,
    type: ValueType,
    encoding: number,
    value: Pointer,
    deadlineMs: number = NO_DEADLINE,
  ): Pointer {
    const bits = deadlineMs === NO_DEADLINE ? 0 : EXPIRES_BIT;
    const tail = this.inlineBytesFor(type, encoding, value);
    const entry = this.commons.entries.create(key, prefixFor(bits), tail, bits);
    this.setWord(entry, ACCESS_WORD, (this.commons.access.initial() << 8) | (encoding << 4) | type);
    this.takeValue(entry, value, tail);
    if (deadlineMs !== NO_DEADLINE) this.setDeadline(entry, deadlineMs);
    this.insertEntry(entry, deadlineMs);
    this.notify(key, EVENT_NEW, 'new');
    return entry;
  }

  /**
   * Adds an entry for a packed value of `bytes`, which the caller writes into its tail, under a key that the last
   * look-up did not find.
   */
  insertPacked(key: Slice, type: ValueType, encoding: number, bytes: number): Pointer {
    const entry = this.commons.entries.create(key, prefixFor(0), bytes, 0);
    this.setWord(entry, ACCESS_WORD, (this.commons.access.initial() << 8) | (encoding << 4) | type);
    this.setWord(entry, VALUE_WORD, NULL);
    this.insertEntry(entry, NO_DEADLINE);
    this.notify(key, EVENT_NEW, 'new');
    return entry;
  }

  /**
   * As {@link insertValue}, under `key`, whatever it held, without a deadline. The value's structure may have been made
   * from the one that was there, which is freed.
   */
  setValue(key: Slice, type: ValueType, encoding: number, value: Pointer): void {
    const entry = this.find(key);
    if (entry === NULL) {
      this.insertValue(key, type, encoding, value);
      return;
    }
    const stamp = this.commons.access.touched(this.heap.word(entry, ACCESS_WORD) >>> 8);
    const tail = this.inlineBytesFor(type, encoding, value);
    const fresh = this.commons.entries.recreate(entry, prefixFor(0), tail, 0);
    this.setWord(fresh, ACCESS_WORD, (stamp << 8) | (encoding << 4) | type);
    this.takeValue(fresh, value, tail);
    this.swapFound(entry, fresh, NO_DEADLINE);
  }

  /** Stores where the value of the key just found lies now, and how it is encoded. Answers the entry, which may move. */
  updateValueFound(entry: Pointer, encoding: number, value: Pointer): Pointer {
    const writable = isInline(this.heap, entry) ? this.fitPackedFound(entry, 0) : this.writableFound(entry);
    this.setEncoding(writable, encoding);
    this.setWord(writable, VALUE_WORD, value);
    return writable;
  }

  /**
   * As {@link updateValueFound}, with a value that goes into the entry where it is packed and short enough; its block is
   * freed then.
   */
  replaceValueFound(entry: Pointer, encoding: number, value: Pointer): Pointer {
    const tail = this.inlineBytesFor(typeOf(this.heap, entry), encoding, value);
    const fitting = this.fitPackedFound(entry, tail);
    this.setEncoding(fitting, encoding);
    this.takeValue(fitting, value, tail);
    return fitting;
  }

  /** True when an entry may be changed where it is and has room for a packed value of `bytes`. */
  hasRoom(entry: Pointer, bytes: number): boolean {
    const { heap } = this;
    return tailOffset(heap.word(entry, 0)) + bytes <= heap.capacity(entry) && !heap.mustCopy(entry);
  }

  /**
   * Makes the entry just found one that may be changed and has room for a packed value of `bytes`. What there is of it
   * stays.
   */
  roomFound(entry: Pointer, bytes: number): Pointer {
    const needed = tailOffset(this.heap.word(entry, 0)) + bytes;
    return needed <= this.heap.capacity(entry) ? this.writableFound(entry) : this.fitFound(entry, needed);
  }

  /** As {@link roomFound}, with room for no more than that. */
  fitPackedFound(entry: Pointer, bytes: number): Pointer {
    return this.fitFound(entry, tailOffset(this.heap.word(entry, 0)) + bytes);
  }

  /** Bytes that a structure takes in its entry: those of a packed value that is short enough, else 0. */
  private inlineBytesFor(type: ValueType, encoding: number, value: Pointer): number {
    const bytes = this.commons.kinds.packedBytes(type, encoding, value);
    return bytes <= INLINE_VALUE_BYTES ? bytes : 0;
  }

  /** Stores a structure in an entry, or copies the packed value of a block into its tail and frees the block. */
  private takeValue(entry: Pointer, value: Pointer, tail: number): void {
    if (tail === 0) {
      this.setWord(entry, VALUE_WORD, value);
      return;
    }
    const { heap } = this;
    const from = packedBase(heap, value);
    copyBytes(heap.bytesOf(value), from, from + tail, heap.bytesOf(entry), packedBase(heap, entry));
    this.setWord(entry, VALUE_WORD, NULL);
    heap.free(value);
  }

  private setEncoding(entry: Pointer, encoding: number): void {
    this.setWord(entry, ACCESS_WORD, (this.heap.word(entry, ACCESS_WORD) & ~0xf0) | (encoding << 4));
  }

  /** Replaces the access stamp of an entry, as RESTORE and loading do. */
  setAccessStamp(entry: Pointer, stamp: number): void {
    this.setWord(entry, ACCESS_WORD, (stamp << 8) | (this.heap.word(entry, ACCESS_WORD) & 0xff));
  }
}

/** The owner's bits of a string's entry. */
function stringBits(length: number, deadlineMs: number): number {
  return (deadlineMs === NO_DEADLINE ? 0 : EXPIRES_BIT) | (length > INLINE_VALUE_BYTES ? LONG_STRING_BIT : 0);
}
