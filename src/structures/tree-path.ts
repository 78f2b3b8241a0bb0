/**
 * A way from the root of a counted tree to one leaf: found, read and moved along without allocating.
 *
 * It is made once and used for one tree after another. It holds until the tree changes.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import {
  MAX_LEVELS,
  NODE_CHILDREN,
  NODE_SLOTS,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SLOT_CHILD,
  SLOT_COUNT,
  slotCount,
} from './tree-layout.ts';

export class TreePath {
  /** By level, the block: 0 is the leaf, {@link height} the top. */
  readonly nodes = new Uint32Array(MAX_LEVELS + 1);
  /** By level, the slot that leads down from that node; 0 above the top, where the root's slot is. */
  readonly indexes = new Uint32Array(MAX_LEVELS + 2);
  root: Pointer = NULL;
  height = 0;
  readonly slotWords: number;
  protected readonly view: HeapView;

  constructor(view: HeapView, slotWords: number) {
    this.view = view;
    this.slotWords = slotWords;
  }

  /** The leaf that the path leads to; null in an empty tree. */
  get leaf(): Pointer {
    return this.nodes[0] as Pointer;
  }

  /** The count word of the leaf's slot. */
  get leafWord(): number {
    if (this.height === 0) return this.view.word(this.root, ROOT_COUNT);
    return this.view.word(this.nodes[1] as Pointer, NODE_SLOTS + this.indexes[1] * this.slotWords + SLOT_COUNT);
  }

  /**
   * Leads to the leaf that holds the element at `position`, and answers its index in that leaf. A position behind the
   * last element leads behind the last one of the last leaf.
   */
  seek(root: Pointer, position: number): number {
    this.begin(root);
    const slotWords = this.slotWords;
    let node = this.view.pointer(root, ROOT_SLOT);
    let rest = position;
    let total = this.height === 0 ? 0 : this.view.word(root, ROOT_COUNT);
    for (let level = this.height; level > 0; level--) {
      const words = this.view.u32[node >>> SEGMENT_SHIFT];
      const at = (node & UNIT_MASK) << 2;
      const last = at + NODE_SLOTS + (words[at + NODE_CHILDREN] - 1) * slotWords;
      let slot: number;
      let count: number;
      if (rest * 2 <= total) {
        slot = at + NODE_SLOTS;
        count = slotCount(words[slot + SLOT_COUNT], level);
        while (rest >= count && slot < last) {
          rest -= count;
          slot += slotWords;
          count = slotCount(words[slot + SLOT_COUNT], level);
        }
      } else {
        // From the nearer end.
        slot = last;
        count = slotCount(words[slot + SLOT_COUNT], level);
        let before = total - count;
        while (rest < before) {
          slot -= slotWords;
          count = slotCount(words[slot + SLOT_COUNT], level);
          before -= count;
        }
        rest -= before;
      }
      this.nodes[level] = node;
      this.indexes[level] = (slot - at - NODE_SLOTS) / slotWords;
      total = count;
      node = words[slot + SLOT_CHILD] as Pointer;
    }
    this.nodes[0] = node;
    return rest;
  }

  /** Leads to the first leaf. */
  seekFirst(root: Pointer): void {
    this.begin(root);
    this.nodes[this.height] = this.view.word(root, ROOT_SLOT);
    this.descendFirst(this.height);
  }

  /** Leads to the last leaf. */
  seekLast(root: Pointer): void {
    this.begin(root);
    this.nodes[this.height] = this.view.word(root, ROOT_SLOT);
    this.descendLast(this.height);
  }

  /** Moves to the next leaf; false, and nothing moves, when this is the last one. */
  nextLeaf(): boolean {
    let level = 1;
    while (level <= this.height && this.indexes[level] === this.children(level) - 1) level++;
    if (level > this.height) return false;
    this.indexes[level]++;
    this.nodes[level - 1] = this.childAt(level);
    this.descendFirst(level - 1);
    return true;
  }

  /** Moves to the leaf before; false, and nothing moves, when this is the first one. */
  previousLeaf(): boolean {
    let level = 1;
    while (level <= this.height && this.indexes[level] === 0) level++;
    if (level > this.height) return false;
    this.indexes[level]--;
    this.nodes[level - 1] = this.childAt(level);
    this.descendLast(level - 1);
    return true;
  }

  /** How many elements are before the leaf. */
  position(): number {
    let before = 0;
    for (let level = 1; level <= this.height; level++) {
      const words = this.wordsAt(level);
      const end = this.slotAt(level);
      for (let slot = end - this.indexes[level] * this.slotWords; slot < end; slot += this.slotWords) {
        before += slotCount(words[slot + SLOT_COUNT], level);
      }
    }
    return before;
  }

  /** True when nothing is before the node at `level`. */
  isFirst(level: number): boolean {
    for (let above = level + 1; above <= this.height; above++) if (this.indexes[above] !== 0) return false;
    return true;
  }

  /** True when nothing is behind the node at `level`. */
  isLast(level: number): boolean {
    for (let above = level + 1; above <= this.height; above++) {
      if (this.indexes[above] !== this.children(above) - 1) return false;
    }
    return true;
  }

  /** How many children the node at `level` has. */
  children(level: number): number {
    return this.view.word(this.nodes[level] as Pointer, NODE_CHILDREN);
  }

  /** The words among which the path's slot at `level` is: those of its node, or above the top those of the root. */
  wordsAt(level: number): Uint32Array {
    return this.view.wordsOf((level > this.height ? this.root : this.nodes[level]) as Pointer);
  }

  /** Where the path's slot at `level` begins in {@link wordsAt}. */
  slotAt(level: number): number {
    if (level > this.height) return this.view.wordOffset(this.root) + ROOT_SLOT;
    return this.view.wordOffset(this.nodes[level] as Pointer) + NODE_SLOTS + this.indexes[level] * this.slotWords;
  }

  /** The child that the path's slot at `level` leads to. */
  childAt(level: number): Pointer {
    return this.wordsAt(level)[this.slotAt(level) + SLOT_CHILD] as Pointer;
  }

  /** How many elements a tree has. */
  count(root: Pointer): number {
    return slotCount(this.view.word(root, ROOT_COUNT), this.view.word(root, ROOT_HEIGHT) + 1);
  }

  /** Sets the root and its height; the caller sets nodes and indexes up to the top. */
  begin(root: Pointer): void {
    this.root = root;
    this.height = this.view.word(root, ROOT_HEIGHT);
    this.indexes[this.height + 1] = 0;
  }

  private descendFirst(from: number): void {
    const u32 = this.view.u32;
    let node = this.nodes[from];
    for (let level = from; level > 0; level--) {
      this.indexes[level] = 0;
      node = u32[node >>> SEGMENT_SHIFT][((node & UNIT_MASK) << 2) + NODE_SLOTS + SLOT_CHILD];
      this.nodes[level - 1] = node;
    }
  }

  private descendLast(from: number): void {
    const u32 = this.view.u32;
    let node = this.nodes[from];
    for (let level = from; level > 0; level--) {
      const words = u32[node >>> SEGMENT_SHIFT];
      const at = (node & UNIT_MASK) << 2;
      const last = words[at + NODE_CHILDREN] - 1;
      this.indexes[level] = last;
      node = words[at + NODE_SLOTS + last * this.slotWords + SLOT_CHILD];
      this.nodes[level - 1] = node;
    }
  }
}
