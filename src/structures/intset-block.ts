/**
 * Intsets in blocks of their own. See {@link PackedBlocks} for how one is changed; the change itself is made with
 * intset.ts.
 */
import type { Pointer } from '../memory/layout.ts';
import { totalBytes, writeEmpty } from './intset.ts';
import { MAX_PACKED_BYTES, PackedBlocks } from './packed-block.ts';

/** The largest intset that fits a block. */
export const MAX_INTSET_BYTES = MAX_PACKED_BYTES;

export class IntsetBlocks extends PackedBlocks {
  /** Bytes of the intset. */
  override size(block: Pointer): number {
    return totalBytes(this.heap.bytesOf(block), this.base(block));
  }

  protected override clear(bytes: Uint8Array, base: number): void {
    writeEmpty(bytes, base);
  }
}
