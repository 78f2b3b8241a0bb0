/**
 * What the accessors of hashes, sets and sorted sets have in common: their small forms are packed values, which lie in
 * the key's entry while they are short and in a block of their own when they have outgrown it.
 *
 * A packed value is changed in two steps: {@link PackedCollection.makeRoom}, which may move it, and then in place.
 * {@link Collection.pointer} is the block that has it in its tail; in a key's entry, that is {@link Collection.entry}.
 */
import type { Slice } from '../lib/slice.ts';
import { type PackedBlocks, packedBase } from '../structures/packed-block.ts';
import { Collection } from './collection.ts';
import type { Database } from './database.ts';
import { INLINE_VALUE_BYTES, NULL, type Pointer, structureOf, type ValueType } from './key-entry.ts';

export abstract class PackedCollection extends Collection {
  /** The type of the values, for new keys. */
  protected abstract readonly type: ValueType;
  /** Of packed values of {@link encoding}. */
  protected abstract readonly blocks: PackedBlocks;

  /** The bytes that the packed value lies in, … */
  protected get bytes(): Uint8Array {
    return this.commons.heap.bytesOf(this.pointer);
  }

  /** … and where it begins there. */
  protected get base(): number {
    return packedBase(this.commons.heap, this.pointer);
  }

  /**
   * Puts an empty packed value under `key`, which does not exist, and points at it: with room for the first element's
   * `bytes`, if that is short. The caller adds it at once.
   */
  protected createPacked(database: Database, key: Slice, encoding: number, bytes: number): this {
    this.encoding = encoding;
    const { blocks } = this;
    const room = blocks.emptyBytes + bytes;
    database.peek(key);
    const entry = database.insertPacked(key, this.type, encoding, room > INLINE_VALUE_BYTES ? blocks.emptyBytes : room);
    blocks.clear(entry);
    return this.open(database, key, entry);
  }

  /** Begins an empty packed value under no key. */
  protected beginPacked(encoding: number): void {
    this.entry = NULL;
    this.encoding = encoding;
    this.pointer = this.blocks.create();
  }

  /** Makes the packed value one that may be changed and has room for `bytes`, the size it will have. */
  protected makeRoom(bytes: number): void {
    const { pointer } = this;
    if (pointer !== this.entry) {
      this.store(this.encoding, this.blocks.resize(pointer, bytes));
    } else if (bytes <= INLINE_VALUE_BYTES) {
      if (this.database.hasRoom(pointer, bytes)) return;
      this.database.seek(this.key, pointer);
      this.pointer = this.entry = this.database.roomFound(pointer, bytes);
    } else {
      this.store(this.encoding, this.blocks.copy(pointer, bytes));
    }
  }

  /** After elements went: gives back the room of the packed value where that saves half. */
  protected trim(): void {
    const { blocks, entry, pointer } = this;
    if (!blocks.wastesRoom(pointer)) return;
    if (entry === NULL) {
      this.pointer = blocks.trim(pointer);
    } else if (pointer === entry) {
      this.database.seek(this.key, entry);
      this.pointer = this.entry = this.database.fitPackedFound(entry, blocks.size(entry));
    } else if (blocks.size(pointer) <= INLINE_VALUE_BYTES) {
      this.place(this.encoding, pointer);
    } else {
      this.store(this.encoding, blocks.trim(pointer));
    }
  }

  /** Takes another structure in place of the packed value, which is freed. */
  protected replacePacked(encoding: number, pointer: Pointer): void {
    const old = this.pointer;
    const isOwn = old !== this.entry;
    this.place(encoding, pointer);
    if (isOwn) this.commons.heap.free(old);
  }

  /** As {@link store}, with a structure that goes into the entry where it is packed and short enough. */
  protected place(encoding: number, pointer: Pointer): void {
    this.encoding = encoding;
    this.pointer = pointer;
    if (this.entry === NULL) return;
    this.database.seek(this.key, this.entry);
    this.entry = this.database.replaceValueFound(this.entry, encoding, pointer);
    this.pointer = structureOf(this.commons.heap, this.entry);
  }
}
