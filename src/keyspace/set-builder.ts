/**
 * A set that is made before it gets a key, or never does: the result of SUNION, of SINTERSTORE and the like.
 *
 * After {@link SetBuilder.begin} it is used like any other; {@link SetBuilder.attach} or {@link SetBuilder.discard}
 * ends it.
 */
import type { Slice } from '../lib/slice.ts';
import { recordCount } from '../structures/listpack-edit.ts';
import type { Database } from './database.ts';
import { NULL, TYPE_SET } from './key-entry.ts';
import { freeSet } from './set-kind.ts';
import { SET_INTSET, SET_LISTPACK } from './set-reader.ts';
import { SetValue } from './set-value.ts';

/** Memory that is reserved at a time, twice: for the members, and for what the structure needs besides. */
const RESERVED_BYTES = 1024 * 1024;
/** What a member takes besides its bytes, generously. */
const MEMBER_BYTES = 128;

export class SetBuilder extends SetValue {
  private creditBytes = 0;

  /** Begins an empty set. */
  begin(): this {
    this.beginPacked(SET_INTSET);
    this.creditBytes = 0;
    return this;
  }

  /** Begins with the intset whose bytes are `bytes[start, end)`: valid, and small enough for one. */
  adoptIntset(bytes: Uint8Array, start: number, end: number): void {
    this.entry = NULL;
    this.encoding = SET_INTSET;
    this.pointer = this.intsets.from(bytes, start, end);
  }

  /** Begins with the listpack whose bytes are `bytes[start, end)`: valid, without duplicates, and small enough. */
  adoptListpack(bytes: Uint8Array, start: number, end: number): void {
    this.entry = NULL;
    this.encoding = SET_LISTPACK;
    this.pointer = this.listpacks.from(bytes, start, end);
    recordCount(this.bytes, this.base);
  }

  /** Makes sure that there is room to add a member; false when there is none. */
  reserve(member: Slice): boolean {
    this.creditBytes -= member.length + MEMBER_BYTES;
    if (this.creditBytes >= 0) return true;
    this.creditBytes = RESERVED_BYTES;
    return this.commons.heap.reserve(member.length + 2 * RESERVED_BYTES);
  }

  /** Puts the set, which must not be empty, under `key` in the place of whatever was there. */
  attach(database: Database, key: Slice): void {
    database.setValue(key, TYPE_SET, this.encoding, this.pointer);
  }

  /** Frees the set. */
  discard(): void {
    freeSet(this.commons, this.table, this.encoding, this.pointer);
    this.pointer = NULL;
  }
}
