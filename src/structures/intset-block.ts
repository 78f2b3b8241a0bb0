/**
 * Intsets in blocks. See {@link PackedBlocks} for how one is changed; the change itself is made with
 * intset.ts.
 */
import type { Pointer } from '../memory/layout.ts';
import { INTSET_HEADER_BYTES, totalBytes, writeEmpty } from './intset.ts';
import { MAX_PACKED_BYTES, PackedBlocks } from './packed-block.ts';

/** The largest intset that fits a block. */
export const MAX_INTSET_BYTES = MAX_PACKED_BYTES;

export class IntsetBlocks extends PackedBlocks {
  override readonly emptyBytes = INTSET_HEADER_BYTES;

  /** Bytes of the intset. */
  override size(block: Pointer): number {
    return totalBytes(this.heap.bytesOf(block), this.base(block));
  }

  override clear(block: Pointer): void {
    writeEmpty(this.heap.bytesOf(block), this.base(block));
  }
}
