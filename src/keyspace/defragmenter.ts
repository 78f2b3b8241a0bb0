/**
 * Moves data out of sparse slabs, so that whole segments become free and are given back.
 *
 * One pass is: choose the slabs to be emptied ({@link SlabHeap.beginEvacuation}), go through all databases bucket by
 * bucket and have everything move that lies in them, give up what could not be moved. It is done in steps, between
 * which anything may happen; values that are more than one step's work are gone through in steps of their own, found
 * again by their keys, and so are, where they are, long key names. What moves about meanwhile may be missed, and is for
 * the next pass.
 *
 * Frozen blocks are not moved: their copies would only take more memory while the snapshot lives.
 */
import { Slice } from '../lib/slice.ts';
import { NULL, type Pointer, SEGMENT_BYTES } from '../memory/layout.ts';
import { StringWindow } from '../structures/string-window.ts';
import type { Database } from './database.ts';
import { encodingOf, isInline, VALUE_WORD, valuePointer } from './key-entry.ts';
import type { Keyspace } from './keyspace.ts';
import { Relocation } from './relocation.ts';

/** Buckets, or steps of a large value, between two looks at the clock; fewer if this many bytes have moved. */
const BATCH_STEPS = 16;
const BATCH_BYTES = 64 * 1024;

/** Room that a step must find: a batch of bytes, a stretch of long strings, the path to a frozen segment, a bucket. */
const HEADROOM_BYTES = 1024 * 1024;

/** A value too large to be moved in one go. */
interface LargeValue {
  readonly database: Database;
  readonly key: Slice;
  readonly relocation: Relocation;
}

/** Counters of INFO. */
class DefragStats {
  /** Blocks moved, and entries that could stay. */
  hits = 0;
  misses = 0;
  /** Keys of which something was moved, and others. */
  keyHits = 0;
  keyMisses = 0;

  reset(): void {
    this.hits = this.misses = this.keyHits = this.keyMisses = 0;
  }
}

export class Defragmenter {
  readonly stats = new DefragStats();
  /** `active-defrag-max-scan-fields`: collections with more members are gone through in steps. */
  maxScanFields = 1000;

  private readonly keyspace: Keyspace;
  private databaseIndex = 0;
  private cursor = 0;
  private isPassing = false;
  private readonly large: LargeValue[] = [];
  private small = new Relocation();
  /** Moves the names of keys that do not lie in their entries. */
  private readonly names = new StringWindow();
  /** Where values are put off until the next steps: an amount of `heap.movedBytes`. */
  private enoughBytes = 0;
  private readonly key = new Slice(new Uint8Array(0), 0, 0);
  /** The database gone through. */
  private database: Database;
  private readonly move = (entry: Pointer): Pointer => this.moveKey(entry);

  constructor(keyspace: Keyspace) {
    this.keyspace = keyspace;
    this.database = keyspace.databases[0];
  }

  /** True in the middle of a pass. */
  get isRunning(): boolean {
    return this.isPassing;
  }

  /**
   * Bytes that are reserved and hold nothing, as far as they could be given back. One segment is always kept in hand.
   */
  get wastedBytes(): number {
    const { heap } = this.keyspace;
    return Math.max(0, heap.reservedBytes - SEGMENT_BYTES - heap.usedBytes - heap.snapshotBytes);
  }

  /** Begins a pass; false where no memory could be given back. */
  begin(): boolean {
    this.databaseIndex = this.cursor = 0;
    this.names.reset();
    this.isPassing = this.keyspace.heap.beginEvacuation();
    return this.isPassing;
  }

  /** Goes on with the pass for about `budgetMs`; false at its end. */
  run(budgetMs: number): boolean {
    const { clock, heap } = this.keyspace;
    const endMs = clock.monotonicMs() + budgetMs;
    while (this.isPassing) {
      const movedBytes = heap.movedBytes + BATCH_BYTES;
      for (let i = 0; i < BATCH_STEPS && heap.movedBytes < movedBytes && this.isPassing; i++) this.step();
      if (clock.monotonicMs() >= endMs) break;
    }
    return this.isPassing;
  }

  /** Ends the pass as it stands. */
  end(): void {
    if (!this.isPassing) return;
    this.isPassing = false;
    this.large.length = 0;
    this.keyspace.heap.endEvacuation();
  }

  private step(): void {
    const { databases, heap } = this.keyspace;
    const large = this.large.at(-1);
    const isOver = large === undefined && this.databaseIndex === databases.length;
    if (isOver || !heap.reserve(HEADROOM_BYTES)) {
      this.end();
      return;
    }
    if (large !== undefined) {
      if (!this.moveLarge(large)) this.large.pop();
      return;
    }
    this.database = databases[this.databaseIndex];
    const before = heap.movedBlocks;
    this.enoughBytes = heap.movedBytes + BATCH_BYTES;
    const next = this.database.relocate(this.cursor, this.move);
    this.stats.hits += heap.movedBlocks - before;
    if (this.names.advance()) return;
    this.cursor = next;
    if (next === 0) this.databaseIndex++;
  }

  /** Moves an entry, and its value if that is not large. */
  private moveKey(entry: Pointer): Pointer {
    const { entries, heap } = this.keyspace;
    // The bucket is gone through again, for the rest of its names.
    if (this.names.isOpen) return entries.relocate(entry, this.names);
    const before = heap.movedBlocks;
    const current = entries.relocate(isInline(heap, entry) ? entry : this.moveValue(entry), this.names);
    if (heap.movedBlocks !== before) this.stats.keyHits++;
    else this.stats.keyMisses++;
    if (current === entry) this.stats.misses++;
    return current;
  }

  /** Moves the value of an entry, as far as that is little; the rest is put off. Answers where the entry is now. */
  private moveValue(entry: Pointer): Pointer {
    const { heap, kinds } = this.keyspace;
    const { small } = this;
    let current = entry;
    small.begin();
    if (kinds.size(entry) <= this.maxScanFields) {
      while (!small.isDone && !small.strings.isOpen && heap.movedBytes < this.enoughBytes) {
        const value = kinds.relocate(current, small);
        if (value === valuePointer(heap, current)) continue;
        current = heap.writable(current);
        heap.wordsOf(current)[heap.wordOffset(current) + VALUE_WORD] = value;
      }
    }
    if (!small.isDone) this.postpone(current);
    return current;
  }

  /** Puts off what {@link small} has not moved. */
  private postpone(entry: Pointer): void {
    const key = Slice.from(this.keyspace.entries.key(entry, this.key).copy());
    this.large.push({ database: this.database, key, relocation: this.small });
    this.small = new Relocation();
  }

  /** One step; false when there is nothing more to be done, because the value is another one now, for example. */
  private moveLarge({ database, key, relocation }: LargeValue): boolean {
    const { heap, kinds } = this.keyspace;
    const entry = database.peek(key);
    if (entry === NULL || isInline(heap, entry)) return false;
    const before = heap.movedBlocks;
    const value = kinds.relocate(entry, relocation);
    if (value !== valuePointer(heap, entry)) database.updateValueFound(entry, encodingOf(heap, entry), value);
    this.stats.hits += heap.movedBlocks - before;
    return !relocation.isDone;
  }
}
