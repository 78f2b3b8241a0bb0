/**
 * Brings into the cache what popping the next members of a sorted set will need, for several of them at once.
 *
 * A pop waits for two lines of memory, one after the other: that of the member's entry and that of its bucket, which only
 * the member's hash leads to. Pops of one member after the other from the same end therefore spend a third of their time
 * waiting. From the second one on the next few entries are read together, then their buckets, so that they are waited
 * for at the same time; and their hashes are kept, so that nothing is computed twice.
 */
import { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import type { Pointer } from '../memory/layout.ts';
import type { EntryReader } from './entry.ts';
import type { TableReader } from './table-reader.ts';

const MOST = 8;
/** An entry with a short member lies in at most two lines: a word of the second one, or of what is behind the entry. */
const SECOND_LINE_WORD = 8;

export class PopAhead {
  /** The hash of the entry that {@link take} was given, where it has said so. */
  hash = 0;
  /** The entries to come, in the order in which pops will take them. */
  readonly entries = new Uint32Array(MOST);

  private readonly view: HeapView;
  private readonly keys: EntryReader;
  private readonly table: TableReader;
  private readonly hashes = new Int32Array(MOST);
  private readonly member = new Slice(new Uint8Array(0), 0, 0);
  private count = 0;
  private next = 0;
  /** The entries to come have been read, and have their hashes. */
  private areRead = false;
  /** What was read, so that the reads are not optimised away. */
  private touched = 0;

  constructor(view: HeapView, keys: EntryReader, table: TableReader) {
    this.view = view;
    this.keys = keys;
    this.table = table;
  }

  /** `entry` is popped: true when {@link hash} is that of its member. One that does not follow the last one ends a row. */
  take(entry: Pointer): boolean {
    const { next } = this;
    if (next >= this.count || this.entries[next] !== entry) {
      this.forget();
      return false;
    }
    this.next = next + 1;
    this.hash = this.hashes[next];
    return this.areRead;
  }

  /** How many {@link entries} are wanted after the one that was taken; 0 while there are some left. */
  get wanted(): number {
    if (this.next < this.count) return 0;
    return this.count === 0 ? 1 : MOST;
  }

  /** There are so many now. From the second pop of a row on they are read, and their buckets in the table. */
  come(count: number, tableRoot: Pointer): void {
    const { view, table, entries, hashes, member } = this;
    this.areRead = this.count > 0;
    this.count = count;
    this.next = 0;
    if (!this.areRead) return;
    let sum = this.touched;
    for (let i = 0; i < count; i++) {
      const entry = entries[i] as Pointer;
      sum ^= view.word(entry, 0) ^ view.word(entry, SECOND_LINE_WORD);
    }
    for (let i = 0; i < count; i++) hashes[i] = table.hashOf(this.keys.key(entries[i] as Pointer, member));
    for (let i = 0; i < count; i++) sum ^= table.touchBucket(tableRoot, hashes[i]);
    this.touched = sum;
  }

  /** A new entry lies at `entry`, where the one that was awaited there no longer is. */
  replaced(entry: Pointer): void {
    if (this.next < this.count && this.entries.includes(entry)) this.forget();
  }

  private forget(): void {
    this.count = 0;
    this.next = 0;
  }
}
