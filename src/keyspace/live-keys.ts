/**
 * The keys of one database that are alive, whatever they hold: found, with what that counts and marks, and deleted, moved
 * and copied, with what others are told of it.
 *
 * Look-ups never answer a key past its deadline: they delete it first. An entry's pointer is valid until the next
 * change of the same database. The methods whose names end in `Found` go on from the last look-up of this database.
 *
 * {@link Database} and this are one object, so that a command has one place to ask.
 */
import { Slice } from '../lib/slice.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { ACCESS_WORD, deadlineOf, EXPIRES_BIT, TYPE_ZSET, typeOf } from './key-entry.ts';
import { KeyTable } from './key-table.ts';
import { EVENT_EVICTED, EVENT_EXPIRED, EVENT_KEY_MISS, EVENT_NEW } from './keyspace-events.ts';
import { memberTable } from './member-table.ts';

/** A table with fewer keys than this lies in the second-level cache. */
const PREFETCH_MIN_KEYS = 20_000;

/** The arguments of commands to come: the first ones, the second ones and the last ones. */
interface MemberHints {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly secondStarts: Int32Array;
  readonly secondEnds: Int32Array;
  readonly lastStarts: Int32Array;
  readonly lastEnds: Int32Array;
  readonly count: number;
}

export class LiveKeys extends KeyTable {
  /** Mean time to live of the keys that expire, as sampled by the active cycle, in milliseconds. */
  averageTtlMs = 0;
  private readonly hintedKey = new Slice(new Uint8Array(0), 0, 0);

  // Looking up

  /** The entry of a live key, for reading: counts a hit or a miss and marks the access. Null when there is none. */
  lookup(key: Slice): Pointer {
    const entry = this.lookupUntouched(key);
    if (entry !== NULL) this.touch(entry);
    return entry;
  }

  /** As {@link lookup}, without marking the access. */
  lookupUntouched(key: Slice): Pointer {
    const entry = this.find(key);
    const stats = this.commons.stats;
    if (entry === NULL) {
      stats.misses++;
      this.notify(key, EVENT_KEY_MISS, 'keymiss');
    } else {
      stats.hits++;
    }
    return entry;
  }

  /** The entry of a live key, for writing: marks the access and counts nothing. */
  lookupForWrite(key: Slice): Pointer {
    const entry = this.find(key);
    if (entry !== NULL) this.touch(entry);
    return entry;
  }

  /** The entry of a live key, without marking an access. */
  find(key: Slice): Pointer {
    const entry = this.peek(key);
    if (entry === NULL) return NULL;
    if ((this.heap.u32[entry >>> SEGMENT_SHIFT][(entry & UNIT_MASK) << 2] & EXPIRES_BIT) === 0) return entry;
    if (deadlineOf(this.heap, entry) >= this.commons.nowMs() || this.commons.outlivesDeadlines) return entry;
    if (!this.commons.keepsExpired) this.expireFound(entry, key);
    return NULL;
  }

  /** True when the time of an entry's key is over: look-ups do not answer it. */
  isOver(entry: Pointer): boolean {
    return deadlineOf(this.heap, entry) < this.commons.nowMs() && !this.commons.outlivesDeadlines;
  }

  /** Marks an access now. */
  touch(entry: Pointer): void {
    if (!this.commons.touches) return;
    const words = this.heap.u32[entry >>> SEGMENT_SHIFT];
    const at = ((entry & UNIT_MASK) << 2) + ACCESS_WORD;
    const word = words[at];
    const stamp = this.commons.access.touched(word >>> 8);
    // Not written when it is the same: a cache line that stays clean need not be written back.
    if (stamp !== word >>> 8) words[at] = (stamp << 8) | (word & 0xff);
  }

  /**
   * Brings into the cache what looking up these keys, `bytes[starts[i], ends[i])`, will need. Worth it only where the
   * keys are so many that they are not in it anyway: else answers false.
   */
  prefetch(bytes: Uint8Array, starts: Int32Array, ends: Int32Array, count: number): boolean {
    if (this.size < PREFETCH_MIN_KEYS) return false;
    this.commons.prefetch.read(this.table, this.root, bytes, starts, ends, count);
    return true;
  }

  /**
   * The same for members and fields, where the first key, which is taken to be the key of them all, is a collection of
   * so many.
   */
  prefetchMembers(hints: MemberHints): boolean {
    const { commons, heap } = this;
    const { bytes, starts, ends, count } = hints;
    const entry = this.peek(this.hintedKey.point(bytes, starts[0], ends[0]));
    if (entry === NULL) return false;
    const root = memberTable(heap, entry);
    if (root === NULL || this.table.count(root) < PREFETCH_MIN_KEYS) return false;
    const areLast = typeOf(heap, entry) === TYPE_ZSET;
    const memberStarts = areLast ? hints.lastStarts : hints.secondStarts;
    const memberEnds = areLast ? hints.lastEnds : hints.secondEnds;
    commons.memberPrefetch.read(this.table, root, bytes, memberStarts, memberEnds, count);
    return true;
  }

  // Telling

  /** Says that the value at `key` was changed, under the name that notifications have for it. */
  changed(key: Slice, eventClass: number, event: string): void {
    this.commons.dirty++;
    const events = this.commons.events;
    if (!events.hasObservers) return;
    events.modified(this.index, key);
    events.event(eventClass, event, this.index, key);
  }

  /** An event that is no change of its own: `expire` after `set`, for example. */
  notify(key: Slice, eventClass: number, event: string): void {
    const events = this.commons.events;
    if (events.hasObservers) events.event(eventClass, event, this.index, key);
  }

  // Removing

  /** Deletes the key just found because its time is over. `key` may lie in the entry itself. */
  expireFound(entry: Pointer, key: Slice): void {
    this.commons.stats.expired++;
    this.deleteFound(entry, key, 'expired', EVENT_EXPIRED);
  }

  /** Deletes the key just found because memory is used up. `key` may lie in the entry itself. */
  evictFound(entry: Pointer, key: Slice): void {
    this.commons.stats.evicted++;
    this.deleteFound(entry, key, 'evicted', EVENT_EVICTED);
  }

  /** The server, not a client's command, deletes the key just found. */
  private deleteFound(entry: Pointer, key: Slice, reason: 'expired' | 'evicted', eventClass: number): void {
    const events = this.commons.events;
    if (!events.hasObservers && !events.hasDeletionObservers) {
      this.removeFound(entry);
      return;
    }
    const name = Slice.from(key.copy());
    this.removeFound(entry);
    events.deleted(this.index, name, reason);
    if (!events.hasObservers) return;
    events.event(eventClass, reason, this.index, name);
    events.modified(this.index, name);
  }

  /** Deletes a live key; false when there was none. Tells nobody. */
  delete(key: Slice): boolean {
    const entry = this.find(key);
    if (entry === NULL) return false;
    this.removeFound(entry);
    return true;
  }

  // Keys as a whole

  /**
   * Moves the value and the deadline of the key at `from`, which exists, to the key `to` of `target`, which does not.
   */
  move(from: Slice, to: Slice, target: LiveKeys): void {
    const source = this.peek(from);
    target.peek(to);
    this.adopt(source, to, target);
    this.forgetFound(this.peek(from));
    target.notify(to, EVENT_NEW, 'new');
  }

  /**
   * Copies the value and the deadline of the key at `from`, which exists, to the key `to` of `target`, which does not.
   * The copy counts as accessed now. There must be room for it: see {@link valueBytes}.
   */
  copy(from: Slice, to: Slice, target: LiveKeys): void {
    const source = this.peek(from);
    target.peek(to);
    this.duplicate(source, to, target);
    target.notify(to, EVENT_NEW, 'new');
  }

  /** Bytes of all blocks of the entry's value but the entry itself: what {@link copy} will allocate for it. */
  valueBytes(entry: Pointer): number {
    let bytes = 0;
    this.commons.kinds.walk(entry, (block) => {
      bytes += this.heap.capacity(block);
    });
    return bytes;
  }

  /** Exchanges the contents of two databases. */
  override exchange(other: LiveKeys): void {
    super.exchange(other);
    [this.averageTtlMs, other.averageTtlMs] = [other.averageTtlMs, this.averageTtlMs];
  }

  /** Deletes all keys. Answers how many there were. */
  flush(): number {
    this.commons.events.flushing(this.index);
    const count = this.clear();
    this.averageTtlMs = 0;
    this.commons.events.flushed(this.index);
    return count;
  }
}
