/**
 * The keyspace: numbered databases on one heap, with what they share.
 */
import { Slice } from '../lib/slice.ts';
import type { Snapshot } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import { Commons, type CommonsOptions } from './commons.ts';
import { Database } from './database.ts';

export interface KeyspaceOptions extends CommonsOptions {
  /** `databases`: how many there are. */
  readonly databases: number;
}

/** What a frozen keyspace's reader starts from. */
export interface KeyspaceRoots {
  /** Per database that holds keys: its number, its table's root, and how many keys and how many that expire. */
  readonly databases: readonly { index: number; root: Pointer; keys: number; expires: number }[];
}

/** A frozen moment of the whole keyspace. */
export interface KeyspaceSnapshot {
  readonly snapshot: Snapshot;
  readonly roots: KeyspaceRoots;
}

export class Keyspace extends Commons {
  readonly databases: Database[];

  constructor(options: KeyspaceOptions) {
    super(options);
    this.databases = Array.from({ length: options.databases }, (_, index) => new Database(this, index));
  }

  /** Keys in all databases. */
  get keyCount(): number {
    return this.databases.reduce((sum, database) => sum + database.size, 0);
  }

  /** Deletes all keys of all databases. Answers how many there were. */
  flush(): number {
    let count = 0;
    for (const database of this.databases) {
      this.events.flushing(database.index);
      count += database.clear();
      database.averageTtlMs = 0;
    }
    this.events.flushed(-1);
    return count;
  }

  /** Exchanges the contents of two databases. */
  swap(a: number, b: number): void {
    if (a === b) return;
    this.events.swapping(a, b);
    this.databases[a].exchange(this.databases[b]);
    this.events.swapped(a, b);
  }

  /** Freezes all databases. Release it with {@link release}. */
  freeze(): KeyspaceSnapshot {
    const databases = this.databases
      .filter((database) => database.size > 0)
      .map((database) => ({
        index: database.index,
        root: database.root,
        keys: database.size,
        expires: database.expiring,
      }));
    return { snapshot: this.heap.freeze(), roots: { databases } };
  }

  release(frozen: KeyspaceSnapshot): void {
    this.heap.release(frozen.snapshot);
  }

  /** Checks everything: see {@link Heap.verify}. Finishes what waits to be freed first. */
  verify(): void {
    this.reclaimer.finish();
    this.heap.verify((visit) => {
      for (const database of this.databases) database.walk(visit);
    });
    const key = new Slice(new Uint8Array(0), 0, 0);
    for (const database of this.databases) database.verify(key);
  }
}
