/**
 * Packed values: listpacks and intsets.
 *
 * A packed value is the tail of a block: of an entry, behind its key, or of a block that has nothing else. The header
 * of the latter is that of an entry without prefix and key, so {@link packedBase} finds both, and whoever reads or
 * edits a value need not know where it lies.
 *
 * What is here makes and resizes blocks of the second kind; entries are their owners' affair. The block may be larger
 * than the value. A change of size goes in two steps: {@link PackedBlocks.resize} answers a writable block with room for
 * the new size, which replaces the pointer in the parent, and the change is made in place there.
 */
import type { Heap } from '../memory/heap.ts';
import type { HeapView } from '../memory/heap-view.ts';
import {
  blockBytesFor,
  HEADER_BYTES,
  MAX_BLOCK_BYTES,
  type Pointer,
  SEGMENT_SHIFT,
  UNIT_MASK,
} from '../memory/layout.ts';
import { copyBytes } from './byte-runs.ts';
import { tailOffset } from './entry.ts';

/** The largest packed value that fits a block. A collection that would outgrow it takes its large form. */
export const MAX_PACKED_BYTES = MAX_BLOCK_BYTES - HEADER_BYTES;

/** What a new value has room for: a few short elements. */
const INITIAL_BYTES = 40;

/** Where a block's packed value begins in `view.bytesOf(block)`. */
export function packedBase(view: HeapView, block: Pointer): number {
  const at = block & UNIT_MASK;
  return (at << 4) + tailOffset(view.u32[block >>> SEGMENT_SHIFT][at << 2]);
}

export abstract class PackedBlocks {
  protected readonly heap: Heap;
  /** Bytes of an empty value. */
  abstract readonly emptyBytes: number;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** Bytes of the value. */
  abstract size(block: Pointer): number;

  /** Writes an empty value into a block. */
  abstract clear(block: Pointer): void;

  /** An empty value with room for `bytes`. */
  create(bytes: number = INITIAL_BYTES): Pointer {
    const block = this.heap.allocate(HEADER_BYTES + bytes);
    this.clear(block);
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
    return packedBase(this.heap, block);
  }

  /**
   * The value in a block that may be changed and has room for `bytes`, the size it will have. A block that is more
   * than twice as large as needed is exchanged for a smaller one only by {@link trim}, after the change.
   */
  resize(block: Pointer, bytes: number): Pointer {
    if (HEADER_BYTES + bytes <= this.heap.capacity(block)) return this.heap.writable(block);
    const moved = this.copy(block, bytes);
    this.heap.free(block);
    return moved;
  }

  /** True when a smaller block would save half, as it may after elements went. */
  wastesRoom(block: Pointer): boolean {
    const needed = tailOffset(this.heap.word(block, 0)) + this.size(block);
    return blockBytesFor(needed) * 2 <= this.heap.capacity(block);
  }

  /** Moves the value to a block of its size. */
  trim(block: Pointer): Pointer {
    const moved = this.copy(block);
    this.heap.free(block);
    return moved;
  }

  /** A copy in a block of its own with room for `bytes`; where that is not said, for what it has. */
  copy(block: Pointer, bytes: number = this.size(block)): Pointer {
    const copy = this.heap.allocate(HEADER_BYTES + bytes);
    const from = this.base(block);
    copyBytes(this.heap.bytesOf(block), from, from + this.size(block), this.heap.bytesOf(copy), this.base(copy));
    return copy;
  }
}
