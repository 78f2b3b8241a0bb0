/**
 * The table of one database's keys: entries in, out and exchanged, with their deadlines kept count of.
 *
 * An entry's pointer is valid until the next change of the same table. The methods whose names end in `Found` go on
 * from the last {@link KeyTable.peek} without searching again.
 */
import { invariant } from '../lib/invariant.ts';
import { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import { blockBytesFor, HEADER_WORDS, NULL, type Pointer } from '../memory/layout.ts';
import { copyBytes } from '../structures/byte-runs.ts';
import { OWNER_BITS, prefixWords, tailOffset } from '../structures/entry.ts';
import { HashTable } from '../structures/hash-table.ts';
import { SegmentBounds } from '../structures/segment-bounds.ts';
import { SEGMENT_ID } from '../structures/table-layout.ts';
import type { Commons } from './commons.ts';
import {
  ACCESS_WORD,
  DEADLINE_WORD,
  DEADLINE_WORDS,
  deadlineOf,
  EXPIRES_BIT,
  expires,
  isInline,
  prefixFor,
  typeOf,
  VALUE_WORD,
} from './key-entry.ts';
import { TableReclaim } from './table-reclaim.ts';

/** Says of a key that it does not expire. */
export const NO_DEADLINE = 0;

export class KeyTable {
  /** The database's number. */
  readonly index: number;
  /** The table's root, from which a frozen view starts. */
  root: Pointer;
  /** Keys that have a deadline. */
  expiring = 0;
  /** Lower bounds of the deadlines, by table segment. */
  bounds = new SegmentBounds();
  table: HashTable;

  protected readonly commons: Commons;
  protected readonly heap: Heap;
  /** The hash of the last key looked up. */
  protected hash = 0;
  /** The entry that it found, as far as it has not moved since. */
  private found: Pointer = NULL;
  private readonly addedKey = new Slice(new Uint8Array(0), 0, 0);

  constructor(commons: Commons, index: number) {
    this.commons = commons;
    this.index = index;
    this.heap = commons.heap;
    this.table = new HashTable(commons.heap, commons.entries, commons.hasher, this.bounds);
    this.root = this.table.create();
  }

  /** Keys in the table, those past their deadline that nobody has met yet included. */
  get size(): number {
    return this.table.count(this.root);
  }

  /** So many keys are to be added, one after the other; 0 when that is over. See {@link HashTable.expect}. */
  expectKeys(count: number): void {
    this.table.expect(count);
  }

  /** The entry of a key, also past its deadline; null when there is none. */
  peek(key: Slice): Pointer {
    // Pipelines often stay with one key.
    const last = this.found;
    if (last !== NULL && this.commons.entries.keyEquals(last, key)) return last;
    const hash = this.commons.prefetch.hashOf(this.table, key);
    this.hash = hash;
    const entry = this.table.find(this.root, key, hash);
    this.found = entry;
    return entry;
  }

  /** Makes `entry`, which lies under `key`, the entry just found, for the methods that end in `Found`. */
  seek(key: Slice, entry: Pointer): void {
    if (this.found !== entry) this.peek(key);
  }

  /** Adds an entry for the key that the last look-up did not find. */
  protected insertEntry(entry: Pointer, deadlineMs: number): void {
    if (this.commons.keepsExpired) this.removeStale(entry);
    this.root = this.table.insert(this.root, entry, this.hash);
    this.found = NULL;
    if (deadlineMs !== NO_DEADLINE) this.noteDeadline(deadlineMs);
    const { events } = this.commons;
    if (events.hasObservers) {
      events.added(this.index, this.commons.entries.key(entry, this.addedKey), typeOf(this.heap, entry));
    }
  }

  /** Takes out the entry of the same key that is past its deadline, and so not answered by look-ups, and yet here. */
  private removeStale(fresh: Pointer): void {
    const stale = this.table.find(this.root, this.commons.entries.key(fresh, this.addedKey), this.hash);
    if (stale !== NULL) this.removeFound(stale);
  }

  /**
   * Puts `fresh` in the place of the entry just found, which is freed with its value, but not with its long key: that
   * has changed hands.
   */
  protected swapFound(entry: Pointer, fresh: Pointer, deadlineMs: number): void {
    this.commons.kinds.free(entry);
    if (expires(this.heap, entry)) this.expiring--;
    this.root = this.table.replaceFound(this.root, fresh, this.hash);
    this.found = fresh;
    this.heap.free(entry);
    if (deadlineMs !== NO_DEADLINE) this.noteDeadline(deadlineMs);
  }

  /** The entry just found, as a block that may be changed. */
  protected writableFound(entry: Pointer): Pointer {
    const writable = this.heap.writable(entry);
    if (writable !== entry) this.root = this.table.replaceFound(this.root, writable, this.hash);
    this.found = writable;
    return writable;
  }

  /** The entry just found, in a block that may be changed and has the size for `bytes`, as far as that has room. */
  protected fitFound(entry: Pointer, bytes: number): Pointer {
    if (blockBytesFor(bytes) === this.heap.capacity(entry)) return this.writableFound(entry);
    const fresh = this.heap.resized(entry, bytes);
    this.root = this.table.replaceFound(this.root, fresh, this.hash);
    this.found = fresh;
    return fresh;
  }

  /** Takes out the entry just found and frees it with its value. */
  removeFound(entry: Pointer): void {
    if (expires(this.heap, entry)) this.expiring--;
    this.root = this.table.removeFound(this.root, this.hash);
    this.found = NULL;
    this.commons.kinds.free(entry);
    this.commons.entries.free(entry);
  }

  /** Gives the key just found a deadline in Unix milliseconds, or takes it away. Answers the entry, which may move. */
  setDeadlineFound(entry: Pointer, deadlineMs: number): Pointer {
    const heap = this.heap;
    const had = expires(heap, entry);
    if (deadlineMs === NO_DEADLINE && !had) return entry;
    if (deadlineMs !== NO_DEADLINE && had) {
      const writable = this.writableFound(entry);
      this.setDeadline(writable, deadlineMs);
      this.table.noteDeadline(this.root, this.hash, deadlineMs);
      return writable;
    }
    const { entries, kinds } = this.commons;
    const bytes = tailOffset(heap.word(entry, 0)) + kinds.inlineBytes(entry);
    if (had) {
      const writable = this.writableFound(entry);
      entries.changePrefix(writable, bytes, DEADLINE_WORD, -DEADLINE_WORDS, EXPIRES_BIT);
      this.expiring--;
      return this.fitFound(writable, bytes - DEADLINE_WORDS * 4);
    }
    const larger = this.fitFound(entry, bytes + DEADLINE_WORDS * 4);
    entries.changePrefix(larger, bytes, DEADLINE_WORD, DEADLINE_WORDS, EXPIRES_BIT);
    this.setDeadline(larger, deadlineMs);
    this.noteDeadline(deadlineMs);
    return larger;
  }

  /**
   * Gives the value of `entry` to another key, which the last look-up of `target` did not find; the entry that gave
   * it is to be taken out with {@link forgetFound} after a look-up.
   */
  protected adopt(entry: Pointer, key: Slice, target: KeyTable): void {
    target.insertEntryOf(entry, this.entryLike(entry, key));
  }

  /** Gives a copy of the value of `entry` to another key, which the last look-up of `target` did not find. */
  protected duplicate(entry: Pointer, key: Slice, target: KeyTable): void {
    const heap = this.heap;
    const fresh = this.entryLike(entry, key);
    this.setWord(fresh, ACCESS_WORD, (this.commons.access.initial() << 8) | (heap.word(entry, ACCESS_WORD) & 0xff));
    if (!isInline(heap, entry)) this.setWord(fresh, VALUE_WORD, this.commons.kinds.copy(entry));
    target.insertEntryOf(entry, fresh);
  }

  /** Adds `fresh`, which has the deadline of `entry`. */
  private insertEntryOf(entry: Pointer, fresh: Pointer): void {
    const deadline = deadlineOf(this.heap, entry);
    this.insertEntry(fresh, Number.isFinite(deadline) ? deadline : NO_DEADLINE);
  }

  /** A new entry with another key and all else of `entry`. */
  private entryLike(entry: Pointer, key: Slice): Pointer {
    const heap = this.heap;
    const word0 = heap.word(entry, 0);
    const bits = word0 & OWNER_BITS;
    const tail = this.commons.kinds.inlineBytes(entry);
    const fresh = this.commons.entries.create(key, prefixFor(bits), tail, bits);
    for (let i = HEADER_WORDS; i < HEADER_WORDS + prefixWords(word0); i++) this.setWord(fresh, i, heap.word(entry, i));
    const start = heap.byteOffset(entry) + tailOffset(word0);
    const at = heap.byteOffset(fresh) + tailOffset(heap.word(fresh, 0));
    copyBytes(heap.bytesOf(entry), start, start + tail, heap.bytesOf(fresh), at);
    return fresh;
  }

  /** Takes out the entry just found, whose value belongs to another entry now. */
  protected forgetFound(entry: Pointer): void {
    if (expires(this.heap, entry)) this.expiring--;
    this.root = this.table.removeFound(this.root, this.hash);
    this.found = NULL;
    this.commons.entries.free(entry);
  }

  /** Exchanges the contents of two tables. */
  exchange(other: KeyTable): void {
    const { root, expiring, bounds, table } = this;
    this.found = NULL;
    other.found = NULL;
    this.root = other.root;
    this.expiring = other.expiring;
    this.bounds = other.bounds;
    this.table = other.table;
    other.root = root;
    other.expiring = expiring;
    other.bounds = bounds;
    other.table = table;
  }

  /** Empties the table at once; the memory is freed in slices. Answers how many keys there were. */
  clear(): number {
    const count = this.size;
    this.dispose();
    this.found = NULL;
    this.bounds = new SegmentBounds();
    this.table = new HashTable(this.heap, this.commons.entries, this.commons.hasher, this.bounds);
    this.root = this.table.create();
    this.expiring = 0;
    return count;
  }

  /** Frees everything, in slices. The table must not be used any more. */
  dispose(): void {
    const { kinds, entries } = this.commons;
    const free = (entry: Pointer): void => {
      kinds.free(entry);
      entries.free(entry);
    };
    this.commons.reclaimer.add(new TableReclaim(this.heap, this.table, this.root, free));
  }

  /**
   * Moves what lies in slabs being evacuated, of the table's own blocks and, by `move`, of entries, from `cursor` on.
   * Answers where to go on: see {@link HashTable.relocate}.
   */
  relocate(cursor: number, move: (entry: Pointer) => Pointer): number {
    this.found = NULL;
    this.root = this.table.relocate(this.root, cursor, move);
    return this.table.nextCursor;
  }

  /** Calls `visit` with every block that the table reaches. */
  walk(visit: (block: Pointer) => void): void {
    this.table.walk(this.root, visit);
    this.table.forEach(this.root, (entry) => {
      this.commons.kinds.walk(entry, visit);
      this.commons.entries.walk(entry, visit);
    });
  }

  /** Checks counts, findability and deadline bounds. */
  verify(key: Slice): void {
    let count = 0;
    let expiring = 0;
    this.table.forEachSegment(this.root, (segment) => {
      const bound = this.bounds.deadline(this.heap.word(segment, SEGMENT_ID));
      this.table.forEachInSegment(segment, (entry) => {
        count++;
        if (expires(this.heap, entry)) expiring++;
        invariant(bound <= deadlineOf(this.heap, entry), 'a segment holds a deadline below its bound');
        invariant(this.peek(this.commons.entries.key(entry, key)) === entry, 'a key is not found where it lies');
      });
    });
    invariant(count === this.size, `the table holds ${count} keys and counts ${this.size}`);
    invariant(expiring === this.expiring, `${expiring} keys expire, counted ${this.expiring}`);
  }

  protected setDeadline(entry: Pointer, deadlineMs: number): void {
    this.heap.floatsOf(entry)[this.heap.floatOffset(entry) + (DEADLINE_WORD >>> 1)] = deadlineMs;
  }

  protected setWord(entry: Pointer, word: number, value: number): void {
    this.heap.wordsOf(entry)[this.heap.wordOffset(entry) + word] = value;
  }

  private noteDeadline(deadlineMs: number): void {
    this.expiring++;
    this.table.noteDeadline(this.root, this.hash, deadlineMs);
  }
}
