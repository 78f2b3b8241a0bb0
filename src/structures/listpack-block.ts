/**
 * Listpacks in blocks: small hashes, sets and sorted sets. See {@link PackedBlocks} for how one is
 * changed; the change itself is made with listpack-edit.ts.
 */
import type { Pointer } from '../memory/layout.ts';
import { EMPTY_LISTPACK_BYTES, totalBytes } from './listpack.ts';
import { writeEmpty } from './listpack-edit.ts';
import { MAX_PACKED_BYTES, PackedBlocks } from './packed-block.ts';

/** The largest listpack that fits a block. A collection that would outgrow it takes its large form. */
export const MAX_LISTPACK_BYTES = MAX_PACKED_BYTES;

export class ListpackBlocks extends PackedBlocks {
  override readonly emptyBytes = EMPTY_LISTPACK_BYTES;

  /** Bytes of the listpack. */
  override size(block: Pointer): number {
    return totalBytes(this.heap.bytesOf(block), this.base(block));
  }

  override clear(block: Pointer): void {
    writeEmpty(this.heap.bytesOf(block), this.base(block));
  }
}
