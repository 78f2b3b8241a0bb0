/**
 * What the accessors of hashes, lists, sets and sorted sets have in common.
 *
 * An accessor is a reusable object that is pointed at one value: {@link Collection.open} at an existing one,
 * {@link Collection.create} at a new one. Its changes store what moved (the value's pointer, its encoding) in the key
 * entry, finding the key again where the database was asked for another one meanwhile. It is valid until the same
 * accessor is pointed elsewhere or its key is changed in any other way.
 */
import type { Slice } from '../lib/slice.ts';
import type { Commons } from './commons.ts';
import type { Database } from './database.ts';
import { encodingOf, NULL, type Pointer, type ValueType, valuePointer } from './key-entry.ts';

export abstract class Collection {
  /** The type of the values, for new keys. */
  protected abstract readonly type: ValueType;
  /** Of the value pointed at: which form it has, … */
  encoding = 0;
  /** … where its structure is, … */
  pointer: Pointer = NULL;
  /** … and its key entry. */
  entry: Pointer = NULL;

  protected readonly commons: Commons;
  private database!: Database;
  private key!: Slice;

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
    this.pointer = valuePointer(this.commons.heap, entry);
    return this;
  }

  /** Puts an empty value under `key`, which does not exist, and points at it. The caller adds an element at once. */
  create(database: Database, key: Slice): this {
    const [encoding, pointer] = this.empty();
    database.peek(key);
    return this.open(database, key, database.insertValue(key, this.type, encoding, pointer));
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

  /** A new empty value: its encoding and its structure. */
  protected abstract empty(): [encoding: number, pointer: Pointer];

  /** Stores where the structure is now. */
  protected store(encoding: number, pointer: Pointer): void {
    if (pointer === this.pointer && encoding === this.encoding) return;
    this.pointer = pointer;
    this.encoding = encoding;
    this.database.seek(this.key, this.entry);
    this.entry = this.database.updateValueFound(this.entry, encoding, pointer);
  }
}
