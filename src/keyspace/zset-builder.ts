/**
 * A sorted set that is made before it gets a key, or never does: the result of ZUNION, of ZRANGESTORE and the like.
 *
 * After {@link ZsetBuilder.begin} it is used like any other; {@link ZsetBuilder.attach} or
 * {@link ZsetBuilder.discard} ends it.
 */
import type { Slice } from '../lib/slice.ts';
import { recordCount } from '../structures/listpack-edit.ts';
import type { Database } from './database.ts';
import { NULL, TYPE_ZSET } from './key-entry.ts';
import { freeZset } from './zset-kind.ts';
import { ZSET_LISTPACK, ZSET_TREE, ZsetValue } from './zset-value.ts';

/** Room for what an insertion allocates besides the member. */
const INSERT_HEADROOM_BYTES = 64 * 1024;

export class ZsetBuilder extends ZsetValue {
  /** Begins an empty sorted set, in its small form or, with `large`, in its large one. */
  begin(large: boolean): void {
    this.beginPacked(ZSET_LISTPACK);
    if (large) this.replacePacked(ZSET_TREE, this.large.create());
  }

  /** Begins with the listpack whose bytes are `bytes[start, end)`: members in order, valid and small enough for one. */
  adopt(bytes: Uint8Array, start: number, end: number): void {
    this.entry = NULL;
    this.encoding = ZSET_LISTPACK;
    this.pointer = this.blocks.from(bytes, start, end);
    recordCount(this.bytes, this.base);
  }

  /** Makes sure that there is room to add a member; false when there is none. */
  reserve(member: Slice): boolean {
    return this.commons.heap.reserve(member.length + INSERT_HEADROOM_BYTES);
  }

  /** Takes the small form where the sorted set fits it, as Redis does with the results of ZUNIONSTORE and its like. */
  compact(): void {
    if (this.encoding === ZSET_LISTPACK || this.length > this.limits.entries) return;
    for (let more = this.seek(0); more; more = this.next()) {
      if (this.member.length > this.limits.valueBytes) return;
    }
    const root = this.pointer;
    let block = this.blocks.create();
    for (let more = this.seek(0); more; more = this.next()) {
      if (!this.small.hasRoom(block, this.member.length)) {
        this.commons.heap.free(block);
        return;
      }
      block = this.small.append(block, this.member, this.score);
    }
    freeZset(this.commons, ZSET_TREE, root, this.commons.reclaimer);
    this.store(ZSET_LISTPACK, block);
  }

  /** Puts the sorted set, which must not be empty, under `key` in the place of whatever was there. */
  attach(database: Database, key: Slice): void {
    database.setValue(key, TYPE_ZSET, this.encoding, this.pointer);
    this.open(database, key, database.peek(key));
  }

  /** Frees the sorted set. */
  discard(): void {
    freeZset(this.commons, this.encoding, this.pointer, this.commons.reclaimer);
    this.pointer = NULL;
  }
}
