/**
 * Changes the nodes of a counted tree along a path: the mechanics that all such trees share. See tree-layout.ts.
 *
 * The order of a change is: find the path, {@link TreeEditor.open} it, change the leaf and store it with
 * {@link TreeEditor.setLeaf}, adapt the counts, and at last insert or remove a slot, after which the path holds no
 * more except for its `root`.
 */
import { invariant } from '../lib/invariant.ts';
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import {
  MAX_LEVELS,
  MIN_FANOUT,
  NODE_CHILDREN,
  NODE_HEAD_BYTES,
  NODE_SLOTS,
  ROOT_BYTES,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SLOT_CHILD,
  SLOT_COUNT,
  SLOT_ENTRY,
  slotCount,
} from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

/** Slots of a new node above two leaves. */
const FIRST_SLOTS = 6;

export class TreeEditor extends TreePath {
  /** What {@link insertSlot} inserts. */
  readonly slot: Uint32Array;
  private readonly heap: Heap;
  private readonly fanout: number;

  constructor(heap: Heap, slotWords: number, fanout: number) {
    super(heap, slotWords);
    invariant(fanout >= MIN_FANOUT, 'a tree needs wider nodes');
    this.heap = heap;
    this.fanout = fanout;
    this.slot = new Uint32Array(slotWords);
  }

  /** The root of an empty tree. */
  create(): Pointer {
    const root = this.heap.allocate(ROOT_BYTES);
    const words = this.heap.wordsOf(root);
    const at = this.heap.wordOffset(root);
    words[at + ROOT_SLOT] = NULL;
    words[at + ROOT_COUNT] = 0;
    words[at + ROOT_HEIGHT] = 0;
    return root;
  }

  /** Makes the root and the path's nodes, but not the leaf, writable. */
  open(): void {
    const heap = this.heap;
    let parent = heap.writable(this.root);
    this.root = parent;
    let slot = ROOT_SLOT;
    for (let level = this.height; level > 0; level--) {
      const node = this.nodes[level] as Pointer;
      const own = heap.writable(node);
      if (own !== node) {
        this.nodes[level] = own;
        heap.u32[parent >>> SEGMENT_SHIFT][((parent & UNIT_MASK) << 2) + slot] = own;
      }
      parent = own;
      slot = NODE_SLOTS + this.indexes[level] * this.slotWords;
    }
  }

  /** Makes the leaf writable, below an open path, and answers it. */
  openLeaf(): Pointer {
    const leaf = this.nodes[0] as Pointer;
    const own = this.heap.writable(leaf);
    if (own !== leaf) this.setNode(0, own);
    return own;
  }

  /**
   * Moves what lies in slabs being evacuated of the root, the path's nodes and, unless that is none of the tree's own
   * blocks, the leaf.
   */
  relocate(isOwnLeaf: boolean): void {
    const { heap } = this;
    const lowest = isOwnLeaf ? 0 : 1;
    let found = heap.mustMove(this.root);
    for (let level = this.height; level >= lowest && !found; level--)
      found = heap.mustMove(this.nodes[level] as Pointer);
    if (!found) return;
    this.open();
    this.root = heap.moved(this.root);
    for (let level = this.height; level >= lowest; level--) {
      const node = this.nodes[level] as Pointer;
      const moved = heap.moved(node);
      if (moved !== node) this.setNode(level, moved);
    }
  }

  /** Puts a block in the place of the path's leaf. */
  setLeaf(leaf: Pointer): void {
    this.setNode(0, leaf);
  }

  /** Sets the count word of the leaf's slot. */
  setLeafWord(word: number): void {
    this.wordsAt(1)[this.slotAt(1) + SLOT_COUNT] = word;
  }

  /** Adds to the counts of the path's slots from `level` up to the root's. */
  addCount(level: number, difference: number): void {
    const u32 = this.heap.u32;
    const { nodes, indexes, slotWords, height, root } = this;
    if (level > height + 1) return;
    for (let above = level; above <= height; above++) {
      const node = nodes[above];
      const slot = ((node & UNIT_MASK) << 2) + NODE_SLOTS + indexes[above] * slotWords;
      u32[node >>> SEGMENT_SHIFT][slot + SLOT_COUNT] += difference;
    }
    u32[root >>> SEGMENT_SHIFT][((root & UNIT_MASK) << 2) + ROOT_COUNT] += difference;
  }

  /** Sets the child and the count of {@link slot}. */
  stage(child: Pointer, word: number): void {
    this.slot[SLOT_CHILD] = child;
    this.slot[SLOT_COUNT] = word;
  }

  /** Makes {@link slot} the only leaf of an empty tree. */
  plant(): void {
    const words = this.wordsAt(1);
    const at = this.slotAt(1);
    words[at + SLOT_CHILD] = this.slot[SLOT_CHILD];
    words[at + SLOT_COUNT] = this.slot[SLOT_COUNT];
  }

  /**
   * Inserts {@link slot} into the path's node at `level`, as its child number `index`. The slots above count its
   * elements already.
   */
  insertSlot(level: number, index: number): void {
    if (level > this.height) this.raise();
    const children = this.children(level);
    if (children === this.fanout) {
      this.split(level, index);
      return;
    }
    const node = this.makeRoom(level, children + 1);
    const words = this.heap.wordsOf(node);
    const at = this.heap.wordOffset(node) + NODE_SLOTS;
    const start = at + index * this.slotWords;
    words.copyWithin(start + this.slotWords, start, at + children * this.slotWords);
    words.set(this.slot, start);
    this.setChildren(node, children + 1);
  }

  /**
   * Removes the path's slot at `level`; what it led to is freed already, and the slots above don't count it any more.
   * Nodes that become empty go, those that become small are merged with a neighbour.
   */
  removeSlot(level: number): void {
    if (level > this.height) {
      this.stage(NULL, 0);
      this.plant();
      return;
    }
    const node = this.nodes[level] as Pointer;
    const left = this.children(level) - 1;
    if (left === 0) {
      this.heap.free(node);
      if (level === this.height) this.setHeight(0);
      this.removeSlot(level + 1);
      return;
    }
    const index = this.indexes[level];
    const words = this.heap.wordsOf(node);
    const at = this.heap.wordOffset(node) + NODE_SLOTS;
    words.copyWithin(at + index * this.slotWords, at + (index + 1) * this.slotWords, at + (left + 1) * this.slotWords);
    this.setChildren(node, left);
    // A new first slot's separator is of use further up only.
    if (index === 0) this.setSeparator(level + 1, words, at);
    if (level === this.height) this.lower();
    else if (left <= this.fanout >>> 2) this.mergeNode(level);
  }

  /**
   * Copies a separator (of the slot at `source` in `from`) to the path's lowest slot, from `level` up, that is not the
   * first of its node.
   */
  setSeparator(level: number, from: Uint32Array, source: number): void {
    let above = level;
    while (above <= this.height && this.indexes[above] === 0) above++;
    if (above > this.height) return;
    const words = this.wordsAt(above);
    const at = this.slotAt(above);
    for (let i = SLOT_ENTRY; i < this.slotWords; i++) words[at + i] = from[source + i];
  }

  private setNode(level: number, node: Pointer): void {
    this.nodes[level] = node;
    this.wordsAt(level + 1)[this.slotAt(level + 1) + SLOT_CHILD] = node;
  }

  private setChildren(node: Pointer, children: number): void {
    this.heap.wordsOf(node)[this.heap.wordOffset(node) + NODE_CHILDREN] = children;
  }

  private setHeight(height: number): void {
    this.height = height;
    this.heap.wordsOf(this.root)[this.heap.wordOffset(this.root) + ROOT_HEIGHT] = height;
    this.indexes[height + 1] = 0;
  }

  private newNode(slots: number): Pointer {
    return this.heap.allocate(NODE_HEAD_BYTES + slots * this.slotWords * 4);
  }

  /** The path's writable node at `level` with room for `slots`. */
  private makeRoom(level: number, slots: number): Pointer {
    const node = this.nodes[level] as Pointer;
    if (this.heap.capacity(node) >= NODE_HEAD_BYTES + slots * this.slotWords * 4) return node;
    const wide = this.newNode(Math.min(this.fanout, slots * 2));
    const children = this.children(level);
    this.copySlots(node, 0, children, wide, 0);
    this.setChildren(wide, children);
    this.heap.free(node);
    this.setNode(level, wide);
    return wide;
  }

  private copySlots(from: Pointer, start: number, end: number, to: Pointer, index: number): void {
    const source = this.heap.wordsOf(from);
    const first = this.heap.wordOffset(from) + NODE_SLOTS + start * this.slotWords;
    const target = this.heap.wordsOf(to);
    const at = this.heap.wordOffset(to) + NODE_SLOTS + index * this.slotWords;
    const count = (end - start) * this.slotWords;
    for (let i = 0; i < count; i++) target[at + i] = source[first + i];
  }

  /** Puts a node with one child between the root and its top. */
  private raise(): void {
    invariant(this.height < MAX_LEVELS, 'a tree is too high');
    const level = this.height + 1;
    const node = this.newNode(FIRST_SLOTS);
    const words = this.heap.wordsOf(node);
    const at = this.heap.wordOffset(node);
    const rootWords = this.wordsAt(level);
    const rootAt = this.slotAt(level);
    words[at + NODE_CHILDREN] = 1;
    words[at + NODE_SLOTS + SLOT_CHILD] = rootWords[rootAt + SLOT_CHILD];
    const below = rootWords[rootAt + SLOT_COUNT];
    words[at + NODE_SLOTS + SLOT_COUNT] = below;
    rootWords[rootAt + SLOT_CHILD] = node;
    rootWords[rootAt + SLOT_COUNT] = slotCount(below, level) + slotCount(this.slot[SLOT_COUNT], level);
    this.setHeight(level);
    this.nodes[level] = node;
    this.indexes[level] = 0;
  }

  /** Splits the full node at `level` in two and inserts {@link slot} as number `index` of what it was. */
  private split(level: number, index: number): void {
    const node = this.nodes[level] as Pointer;
    const children = this.children(level);
    let middle = children >>> 1;
    // What grows at its end only, or its beginning, leaves full nodes behind. Elsewhere this would make small nodes
    // without end.
    if (index === children && this.isLast(level)) middle = children;
    else if (index === 0 && this.isFirst(level)) middle = 0;
    const right = this.newNode(middle === children ? FIRST_SLOTS : this.fanout);
    this.copySlots(node, middle, children, right, 0);
    this.setChildren(right, children - middle);
    this.setChildren(node, middle);
    const toLeft = index <= middle && index !== children;
    this.putSlot(toLeft ? node : right, toLeft ? index : index - middle);

    const above = this.wordsAt(level + 1);
    above[this.slotAt(level + 1) + SLOT_COUNT] = this.sum(node, level);
    this.stage(right, this.sum(right, level));
    const source = this.heap.wordsOf(right);
    const first = this.heap.wordOffset(right) + NODE_SLOTS;
    for (let i = SLOT_ENTRY; i < this.slotWords; i++) this.slot[i] = source[first + i];
    this.insertSlot(level + 1, this.indexes[level + 1] + 1);
  }

  /** Inserts {@link slot} into a node that has room. */
  private putSlot(node: Pointer, index: number): void {
    const words = this.heap.wordsOf(node);
    const at = this.heap.wordOffset(node);
    const children = words[at + NODE_CHILDREN];
    const start = at + NODE_SLOTS + index * this.slotWords;
    words.copyWithin(start + this.slotWords, start, at + NODE_SLOTS + children * this.slotWords);
    words.set(this.slot, start);
    words[at + NODE_CHILDREN] = children + 1;
  }

  private sum(node: Pointer, level: number): number {
    const words = this.heap.wordsOf(node);
    const at = this.heap.wordOffset(node);
    const end = at + NODE_SLOTS + words[at + NODE_CHILDREN] * this.slotWords;
    let sum = 0;
    for (let slot = at + NODE_SLOTS; slot < end; slot += this.slotWords) {
      sum += slotCount(words[slot + SLOT_COUNT], level);
    }
    return sum;
  }

  /** Takes away top nodes that have one child only. */
  private lower(): void {
    while (this.height > 0) {
      const top = this.wordsAt(this.height + 1)[this.slotAt(this.height + 1) + SLOT_CHILD] as Pointer;
      if (this.heap.word(top, NODE_CHILDREN) !== 1) return;
      const words = this.heap.wordsOf(top);
      const at = this.heap.wordOffset(top) + NODE_SLOTS;
      this.stage(words[at + SLOT_CHILD] as Pointer, words[at + SLOT_COUNT]);
      this.heap.free(top);
      this.setHeight(this.height - 1);
      const rootWords = this.wordsAt(this.height + 1);
      const rootAt = this.slotAt(this.height + 1);
      rootWords[rootAt + SLOT_CHILD] = this.slot[SLOT_CHILD];
      rootWords[rootAt + SLOT_COUNT] = this.slot[SLOT_COUNT];
    }
  }

  /** Merges the path's small node at `level` with a neighbour if the two are small enough together. */
  private mergeNode(level: number): void {
    const index = this.indexes[level + 1];
    if (index + 1 < this.children(level + 1) && this.canMerge(level, index + 1)) this.absorb(level, index);
    else if (index > 0 && this.canMerge(level, index - 1)) this.absorb(level, index - 1);
  }

  private canMerge(level: number, neighbour: number): boolean {
    const parent = this.nodes[level + 1] as Pointer;
    const other = this.heap.pointer(parent, NODE_SLOTS + neighbour * this.slotWords + SLOT_CHILD);
    return this.children(level) + this.heap.word(other, NODE_CHILDREN) <= this.fanout - (this.fanout >>> 2);
  }

  /** Moves the children of the node behind child `index` of the node above `level` into that child. */
  private absorb(level: number, index: number): void {
    this.indexes[level + 1] = index;
    const child = this.childAt(level + 1);
    this.setNode(level, this.heap.writable(child));
    const children = this.children(level);
    const words = this.wordsAt(level + 1);
    const slot = this.slotAt(level + 1) + this.slotWords;
    const right = words[slot + SLOT_CHILD] as Pointer;
    const moved = this.heap.word(right, NODE_CHILDREN);
    const left = this.makeRoom(level, children + moved);
    this.copySlots(right, 0, moved, left, children);
    this.setChildren(left, children + moved);
    const target = this.heap.wordsOf(left);
    const at = this.heap.wordOffset(left) + NODE_SLOTS + children * this.slotWords;
    for (let i = SLOT_ENTRY; i < this.slotWords; i++) target[at + i] = words[slot + i];
    words[slot - this.slotWords + SLOT_COUNT] += words[slot + SLOT_COUNT];
    this.heap.free(right);
    this.indexes[level + 1] = index + 1;
    this.removeSlot(level + 1);
  }
}
