/**
 * One end of a list, remembered between changes: the leaf there, what its header says, and the counts above it. As long
 * as nothing else changes the list, pushing and popping there takes neither a way through the tree nor a look at the
 * header.
 */
import type { Heap } from '../memory/heap.ts';
import { HEADER_BYTES, NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { leafGap, setLeafGap, writeListpackHeader } from './list-tree-leaf.ts';
import { headerCount, totalBytes } from './listpack.ts';
import {
  LIST_SLOT_WORDS,
  MAX_LEVELS,
  NODE_CHILDREN,
  NODE_SLOTS,
  PLAIN,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SLOT_CHILD,
  SLOT_COUNT,
} from './tree-layout.ts';

const NOTHING = new Uint8Array(0);
const NO_WORDS = new Uint32Array(0);

export class ListEdge {
  /** The leaf, … */
  leaf: Pointer = NULL;
  /** … where its payload begins in {@link bytes}, and how many bytes it has, … */
  start = 0;
  room = 0;
  /** … where its listpack begins, its size, and its elements. */
  bytes: Uint8Array = NOTHING;
  base = 0;
  total = 0;
  count = 0;

  private readonly heap: Heap;
  private readonly atTail: boolean;
  /** The list; null when nothing is remembered. */
  private root: Pointer = NULL;
  /** The heap's, when it was found that all blocks may be changed. */
  private frozenThrough = 0;
  // The counts above the leaf: slotWords[i][slotAts[i]] for i up to levels.
  private levels = 0;
  private readonly slotWords: Uint32Array[] = new Array(MAX_LEVELS + 1).fill(NO_WORDS);
  private readonly slotAts = new Int32Array(MAX_LEVELS + 1);

  constructor(heap: Heap, atTail: boolean) {
    this.heap = heap;
    this.atTail = atTail;
  }

  /** To be called before anything else changes a list, or makes one. */
  forget(): void {
    this.root = NULL;
    this.leaf = NULL;
  }

  /** Goes to this end of a list; true when its leaf is a listpack, and it and all above it may be changed. */
  reach(root: Pointer): boolean {
    return (root === this.root && this.frozenThrough === this.heap.frozenThrough) || this.search(root);
  }

  private search(root: Pointer): boolean {
    const { heap, slotWords, slotAts } = this;
    this.forget();
    if (heap.isFrozen(root)) return false;
    let words = heap.wordsOf(root);
    const at = heap.wordOffset(root);
    let slot = at + ROOT_SLOT;
    const height = words[at + ROOT_HEIGHT];
    for (let i = 0; ; i++) {
      slotWords[i] = words;
      slotAts[i] = slot + SLOT_COUNT;
      const child = words[slot + SLOT_CHILD] as Pointer;
      if (child === NULL || heap.isFrozen(child)) return false;
      if (i === height) {
        if (words[slot + SLOT_COUNT] >= PLAIN) return false;
        this.open(child);
        break;
      }
      words = heap.wordsOf(child);
      slot = heap.wordOffset(child) + NODE_SLOTS;
      if (this.atTail) slot += (words[slot - NODE_SLOTS + NODE_CHILDREN] - 1) * LIST_SLOT_WORDS;
    }
    this.levels = height;
    this.frozenThrough = heap.frozenThrough;
    this.root = root;
    return true;
  }

  private open(leaf: Pointer): void {
    const { heap } = this;
    const bytes = heap.u8[leaf >>> SEGMENT_SHIFT];
    this.leaf = leaf;
    this.bytes = bytes;
    this.start = ((leaf & UNIT_MASK) << 4) + HEADER_BYTES;
    this.room = heap.capacity(leaf) - HEADER_BYTES;
    this.base = this.start + leafGap(heap, leaf);
    this.total = totalBytes(bytes, this.base);
    this.count = headerCount(bytes, this.base);
  }

  /** The listpack begins at `base` now; its header is written by {@link resize}. */
  rebase(base: number): void {
    this.base = base;
    setLeafGap(this.heap, this.leaf, base - this.start);
  }

  /** The listpack has another size and another number of elements now. */
  resize(total: number, difference: number): void {
    const count = this.count + difference;
    this.total = total;
    this.count = count;
    writeListpackHeader(this.bytes, this.base, total, count);
    const { slotWords, slotAts, levels } = this;
    for (let i = 0; i <= levels; i++) slotWords[i][slotAts[i]] += difference;
  }
}
