/**
 * Listpacks in blocks of their own: small hashes, sets and sorted sets.
 *
 * The listpack's bytes follow the block's header; the block may be larger than they are. A change of size goes in two
 * steps: {@link ListpackBlocks.resize} answers a writable block with room for the new size, and the change is made in
 * place there (listpack-edit.ts). What it answers replaces the pointer in the parent.
 */
import type { Heap } from '../memory/heap.ts';
import { blockBytesFor, HEADER_BYTES, MAX_BLOCK_BYTES, type Pointer } from '../memory/layout.ts';
import { totalBytes } from './listpack.ts';
import { writeEmpty } from './listpack-edit.ts';

/** The largest listpack that fits a block. A collection that would outgrow it takes its large form. */
export const MAX_LISTPACK_BYTES = MAX_BLOCK_BYTES - HEADER_BYTES;

/** What a new listpack has room for: a few short elements. */
const INITIAL_BYTES = 40;

export class ListpackBlocks {
  private readonly heap: Heap;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** An empty listpack with room for `bytes`. */
  create(bytes: number = INITIAL_BYTES): Pointer {
    const block = this.heap.allocate(HEADER_BYTES + bytes);
    writeEmpty(this.heap.bytesOf(block), this.base(block));
    return block;
  }

  /** Where the listpack begins in `heap.bytesOf(block)`. */
  base(block: Pointer): number {
    return this.heap.byteOffset(block) + HEADER_BYTES;
  }

  /** Bytes of the listpack. */
  size(block: Pointer): number {
    return totalBytes(this.heap.bytesOf(block), this.base(block));
  }

  /**
   * The listpack in a block that may be changed and has room for `bytes`, the size it will have. A block that is more
   * than twice as large as needed is exchanged for a smaller one only by {@link trim}, after the change.
   */
  resize(block: Pointer, bytes: number): Pointer {
    if (HEADER_BYTES + bytes <= this.heap.capacity(block)) return this.heap.writable(block);
    return this.move(block, bytes);
  }

  /** After elements went: moves the listpack to a smaller block where that saves half. */
  trim(block: Pointer): Pointer {
    const bytes = this.size(block);
    if (blockBytesFor(HEADER_BYTES + bytes) * 2 > this.heap.capacity(block)) return block;
    return this.move(block, bytes);
  }

  /** A copy in a block of its own. */
  copy(block: Pointer): Pointer {
    const bytes = this.size(block);
    const copy = this.heap.allocate(HEADER_BYTES + bytes);
    const from = this.base(block);
    this.heap.bytesOf(copy).set(this.heap.bytesOf(block).subarray(from, from + bytes), this.base(copy));
    return copy;
  }

  private move(block: Pointer, bytes: number): Pointer {
    const moved = this.heap.allocate(HEADER_BYTES + Math.max(bytes, INITIAL_BYTES));
    const from = this.base(block);
    const length = Math.min(bytes, this.size(block));
    this.heap.bytesOf(moved).set(this.heap.bytesOf(block).subarray(from, from + length), this.base(moved));
    this.heap.free(block);
    return moved;
  }
}
