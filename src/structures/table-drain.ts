/**
 * Frees an abandoned hash table step by step.
 *
 * The table is no longer reached by anything live, so it is only read on the way, segment after segment in hash
 * order, and its pages are freed as they are left. The owner frees the entries.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import { PAGE, PAGE_BITS, PAGE_SLOTS, ROOT_DESCRIPTOR, ROOT_NODE } from './table-layout.ts';

export class TableDrain {
  private readonly heap: Heap;
  private readonly root: Pointer;
  /** The pages from the root down to the current one, the next slot of each, and the bits consumed before each. */
  private readonly pages: Pointer[] = [];
  private readonly nextSlot: number[] = [];
  private readonly consumed: number[] = [];
  private loneSegment: Pointer = NULL;
  private done = false;

  constructor(heap: Heap, root: Pointer) {
    this.heap = heap;
    this.root = root;
    const node = heap.pointer(root, ROOT_NODE);
    if ((heap.word(root, ROOT_DESCRIPTOR) & PAGE) === 0) this.loneSegment = node;
    else this.enter(node, 0);
  }

  /** The next segment, which the caller empties and frees; null when there is none, and then the table is gone. */
  next(): Pointer {
    if (this.loneSegment !== NULL) {
      const segment = this.loneSegment;
      this.loneSegment = NULL;
      return segment;
    }
    while (this.pages.length > 0) {
      const level = this.pages.length - 1;
      const page = this.pages[level];
      const bits = this.heap.word(page, PAGE_BITS);
      const slot = this.nextSlot[level];
      if (slot === 1 << bits) {
        this.heap.free(page);
        this.pages.pop();
        this.nextSlot.pop();
        this.consumed.pop();
        continue;
      }
      const descriptors = this.heap.word(page, PAGE_SLOTS + (1 << bits) + (slot >>> 2));
      const descriptor = (descriptors >>> ((slot & 3) << 3)) & 0xff;
      const child = this.heap.pointer(page, PAGE_SLOTS + slot);
      const depth = this.consumed[level] + bits;
      if ((descriptor & PAGE) !== 0) {
        this.nextSlot[level]++;
        this.enter(child, depth);
        continue;
      }
      this.nextSlot[level] += 1 << (depth - descriptor);
      return child;
    }
    if (!this.done) this.heap.free(this.root);
    this.done = true;
    return NULL;
  }

  private enter(page: Pointer, consumed: number): void {
    this.pages.push(page);
    this.nextSlot.push(0);
    this.consumed.push(consumed);
  }
}
