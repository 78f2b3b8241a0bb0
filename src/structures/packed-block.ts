/**
 * Packed values (listpacks, intsets) in blocks of their own.
 *
 * The value's bytes follow the block's header; the block may be larger than they are. A change of size goes in two
 * steps: {@link PackedBlocks.resize} answers a writable block with room for the new size, and the change is made in
 * place there. What it answers replaces the pointer in the parent.
 */
import type { Heap } from '../memory/heap.ts';
import { blockBytesFor, HEADER_BYTES, MAX_BLOCK_BYTES, type Pointer } from '../memory/layout.ts';
import { copyBytes } from './byte-runs.ts';

/** The largest packed value that fits a block. A collection that would outgrow it takes its large form. */
export const MAX_PACKED_BYTES = MAX_BLOCK_BYTES - HEADER_BYTES;

/** What a new value has room for: a few short elements. */
const INITIAL_BYTES = 40;

export abstract class PackedBlocks {
  protected readonly heap: Heap;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Bytes of the value. */
  abstract size(block: Pointer): number;

  /** Writes an empty value into an array at `base`. */
  protected abstract clear(bytes: Uint8Array, base: number): void;

  /** An empty value with room for `bytes`. */
  create(bytes: number = INITIAL_BYTES): Pointer {
    const block = this.heap.allocate(HEADER_BYTES + bytes);
    this.clear(this.heap.bytesOf(block), this.base(block));
    return block;
  }

  /** The value whose bytes are `bytes[start, end)`. It must be valid and fit a block. */
  from(bytes: Uint8Array, start: number, end: number): Pointer {
    const block = this.heap.allocate(HEADER_BYTES + end - start);
    copyBytes(bytes, start, end, this.heap.bytesOf(block), this.base(block));
    return block;
  }

  /** Where the value begins in `heap.bytesOf(block)`. */
  base(block: Pointer): number {
    return this.heap.byteOffset(block) + HEADER_BYTES;
  }

  /**
   * The value in a block that may be changed and has room for `bytes`, the size it will have. A block that is more
   * than twice as large as needed is exchanged for a smaller one only by {@link trim}, after the change.
   */
  resize(block: Pointer, bytes: number): Pointer {
    if (HEADER_BYTES + bytes <= this.heap.capacity(block)) return this.heap.writable(block);
    return this.move(block, bytes);
  }

  /** After elements went: moves the value to a smaller block where that saves half. */
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
