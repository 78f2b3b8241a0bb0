/**
 * A hash that is made before it gets a key, or never does: what is read from a file.
 *
 * After {@link HashBuilder.begin} or {@link HashBuilder.adopt} it is used like any other, until its structure is given
 * to a key or {@link HashBuilder.discard} ends it.
 */
import { FieldTable } from '../structures/field-table.ts';
import { recordCount } from '../structures/listpack-edit.ts';
import type { Commons } from './commons.ts';
import { freeHash } from './hash-kind.ts';
import { HASH_LISTPACK, HASH_TABLE, HASH_WIDE, type HashLimits, HashValue } from './hash-value.ts';
import { NULL } from './key-entry.ts';

export class HashBuilder extends HashValue {
  private readonly tables: FieldTable;

  constructor(commons: Commons, limits: HashLimits) {
    super(commons, limits);
    this.tables = new FieldTable(commons.heap, commons.entries, commons.strings, commons.hasher);
  }

  /** Begins an empty hash, in its small form or, with `large`, in its large one. */
  begin(large: boolean): void {
    this.beginPacked(HASH_LISTPACK);
    if (large) this.replacePacked(HASH_TABLE, this.tables.table.create());
  }

  /** Begins with the listpack whose bytes are `bytes[start, end)`: valid, without duplicates, and small enough. */
  adopt(bytes: Uint8Array, start: number, end: number): void {
    this.entry = NULL;
    this.encoding = HASH_LISTPACK;
    this.pointer = this.blocks.from(bytes, start, end);
    recordCount(this.bytes, this.base);
  }

  /** Goes on calling the hash a listpack, which it was elsewhere and is not here for its size alone. */
  callListpack(): void {
    if (this.encoding === HASH_TABLE) this.encoding = HASH_WIDE;
  }

  /** Frees the hash. */
  discard(): void {
    freeHash(this.commons, this.tables, this.encoding, this.pointer);
    this.pointer = NULL;
  }
}
