/**
 * Pushing and popping at the two ends of a list where nothing but the leaf there, and the counts above it, must change,
 * which is nearly always. Every method answers false, and has changed nothing, where there is more to be done: the leaf
 * has no room or would be left with none, a block on the way is frozen, the element is not in a listpack. That is left
 * to {@link ListTree}.
 *
 * Queues do little else: without a path that is kept it takes half the time.
 */
import type { Heap } from '../memory/heap.ts';
import { HEADER_BYTES, NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import {
  appendBehind,
  leafBase,
  leafGap,
  prependInGap,
  removeIntoGap,
  truncateAt,
  wastesRoom,
} from './list-tree-leaf.ts';
import { entryBytesAt, LISTPACK_HEADER_BYTES, last, totalBytes } from './listpack.ts';
import type { ListpackValue } from './listpack-encoding.ts';
import {
  LIST_SLOT_WORDS,
  NODE_CHILDREN,
  NODE_SLOTS,
  PLAIN,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SLOT_CHILD,
  SLOT_COUNT,
} from './tree-layout.ts';

export class ListEdges {
  private readonly heap: Heap;
  /** The leaf that was reached, and how many elements it has. */
  private leaf: Pointer = NULL;
  private count = 0;

  constructor(heap: Heap) {
    this.heap = heap;
  }

  /** `maxBytes` and `maxCount` are what a leaf may grow to. */
  pushHead(root: Pointer, value: ListpackValue, maxBytes: number, maxCount: number): boolean {
    if (!this.reach(root, false) || this.count >= maxCount) return false;
    const { heap, leaf } = this;
    const size = value.entryBytes;
    if (leafGap(heap, leaf) < size) return false;
    if (totalBytes(heap.bytesOf(leaf), leafBase(heap, leaf)) + size > maxBytes) return false;
    prependInGap(heap, leaf, value);
    this.addCount(root, false, 1);
    return true;
  }

  pushTail(root: Pointer, value: ListpackValue, maxBytes: number, maxCount: number): boolean {
    if (!this.reach(root, true) || this.count >= maxCount) return false;
    const { heap, leaf } = this;
    const bytes = heap.bytesOf(leaf);
    const base = leafBase(heap, leaf);
    const total = totalBytes(bytes, base) + value.entryBytes;
    if (total > maxBytes || leafGap(heap, leaf) + total > heap.capacity(leaf) - HEADER_BYTES) return false;
    appendBehind(bytes, base, value, this.count);
    this.addCount(root, true, 1);
    return true;
  }

  popHead(root: Pointer): boolean {
    if (!this.reach(root, false) || this.count === 1) return false;
    const { heap, leaf } = this;
    const bytes = heap.bytesOf(leaf);
    const base = leafBase(heap, leaf);
    const size = entryBytesAt(bytes, base, LISTPACK_HEADER_BYTES);
    if (wastesRoom(heap.capacity(leaf) - HEADER_BYTES, totalBytes(bytes, base) - size)) return false;
    removeIntoGap(heap, leaf, LISTPACK_HEADER_BYTES + size, 1);
    this.addCount(root, false, -1);
    return true;
  }

  popTail(root: Pointer): boolean {
    if (!this.reach(root, true) || this.count === 1) return false;
    const { heap, leaf } = this;
    const bytes = heap.bytesOf(leaf);
    const base = leafBase(heap, leaf);
    const at = last(bytes, base);
    if (wastesRoom(heap.capacity(leaf) - HEADER_BYTES, at + 1)) return false;
    truncateAt(bytes, base, at, this.count - 1);
    this.addCount(root, true, -1);
    return true;
  }

  /** Goes to the first leaf, or the last; true when it is a listpack, and it and all above it may be changed. */
  private reach(root: Pointer, atTail: boolean): boolean {
    const { heap } = this;
    if (heap.isFrozen(root)) return false;
    let words = heap.wordsOf(root);
    const at = heap.wordOffset(root);
    let slot = at + ROOT_SLOT;
    for (let level = words[at + ROOT_HEIGHT]; level > 0; level--) {
      const node = words[slot + SLOT_CHILD] as Pointer;
      if (heap.isFrozen(node)) return false;
      words = heap.wordsOf(node);
      slot = edgeSlot(words, heap.wordOffset(node), atTail);
    }
    const leaf = words[slot + SLOT_CHILD] as Pointer;
    const count = words[slot + SLOT_COUNT];
    this.leaf = leaf;
    this.count = count;
    return leaf !== NULL && count < PLAIN && !heap.isFrozen(leaf);
  }

  /** Adds to all counts on the way to the first leaf or the last. */
  private addCount(root: Pointer, atTail: boolean, difference: number): void {
    const { u32 } = this.heap;
    let words = u32[root >>> SEGMENT_SHIFT];
    const at = (root & UNIT_MASK) << 2;
    let slot = at + ROOT_SLOT;
    words[slot + SLOT_COUNT] += difference;
    for (let level = words[at + ROOT_HEIGHT]; level > 0; level--) {
      const node = words[slot + SLOT_CHILD];
      words = u32[node >>> SEGMENT_SHIFT];
      slot = edgeSlot(words, (node & UNIT_MASK) << 2, atTail);
      words[slot + SLOT_COUNT] += difference;
    }
  }
}

/** Where the first or the last slot of the node at `at` is. */
function edgeSlot(words: Uint32Array, at: number, atTail: boolean): number {
  return at + NODE_SLOTS + (atTail ? (words[at + NODE_CHILDREN] - 1) * LIST_SLOT_WORDS : 0);
}
