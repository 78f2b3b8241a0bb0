/**
 * What the accessors of hashes, lists, sets and sorted sets have in common.
 *
 * An accessor is a reusable object that is pointed at one value: by {@link Collection.open} at an existing one. Its
 * changes store what moved (the value's pointer, its encoding) in the key entry, finding the key again where the database
 * was asked for another one meanwhile. It is valid until the same accessor is pointed elsewhere or its key is changed in
 * any other way.
 */
import type { Slice } from '../lib/slice.ts';
import type { Commons } from './commons.ts';
import type { Database } from './database.ts';
import { encodingOf, NULL, type Pointer, structureOf } from './key-entry.ts';

export abstract class Collection {
  /** Of the value pointed at: which form it has, … */
  encoding = 0;
  /** … where its structure is, … */
  pointer: Pointer = NULL;
  /** … and its key entry: null for what lies under no key, as a {@link SetBuilder} and its like make it. */
  entry: Pointer = NULL;

  protected readonly commons: Commons;
  protected database!: Database;
  protected key!: Slice;

  constructor(commons: Commons) {
    this.commons = commons;
  }

  /** Elements of the value pointed at. */
  abstract get length(): number;

  /** Points at the value of `entry`, which lies under `key`. The slice must stay valid while the accessor is used. */
  open(database: Database, key: Slice, entry: Pointer): this {
    this.database = database;
    this.key = key;
    this.entry = entry;
    this.encoding = encodingOf(this.commons.heap, entry);
    this.pointer = structureOf(this.commons.heap, entry);
    return this;
  }

  /** Deletes the key if the value has become empty; true when it did. */
  removeIfEmpty(): boolean {
    if (this.length > 0) return false;
    this.remove();
    return true;
  }

  /** Deletes the key with the value. */
  remove(): void {
    this.database.seek(this.key, this.entry);
    this.database.removeFound(this.entry);
  }

  /** Stores where the structure is now. */
  protected store(encoding: number, pointer: Pointer): void {
    if (pointer === this.pointer && encoding === this.encoding) return;
    this.pointer = pointer;
    this.encoding = encoding;
    if (this.entry === NULL) return;
    this.database.seek(this.key, this.entry);
    this.entry = this.database.updateValueFound(this.entry, encoding, pointer);
  }
}
