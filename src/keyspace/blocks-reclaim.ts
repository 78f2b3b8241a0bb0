/**
 * Frees the blocks of a long string in slices.
 */
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import type { ReclaimJob } from './reclaimer.ts';

/** Blocks that one step frees. */
const STEP = 256;

export class BlocksReclaim implements ReclaimJob {
  private readonly heap: Heap;
  private readonly blocks: Pointer[];

  /** The blocks are the job's from now on. */
  constructor(heap: Heap, blocks: Pointer[]) {
    this.heap = heap;
    this.blocks = blocks;
  }

  get pending(): number {
    return this.blocks.length;
  }

  step(): boolean {
    for (const block of this.blocks.splice(-STEP)) this.heap.free(block);
    return this.blocks.length > 0;
  }
}
