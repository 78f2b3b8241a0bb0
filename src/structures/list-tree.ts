/**
 * Lists as counted B+trees by position whose leaves are listpacks: makes and changes them. See tree-layout.ts and
 * list-tree-leaf.ts for the layout, list-tree-cursor.ts for reading.
 *
 * A list is known by the pointer to its root block, and its owner stores it: every method that changes a list takes the
 * root and answers the root to store in its place. An empty list has a root too. An element that no leaf may hold is
 * a leaf by itself, a byte string. A value that is stored must not lie in the list that is changed.
 */
import { invariant } from '../lib/invariant.ts';
import { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import { CLASS_COUNT, CLASS_SIZE, HEADER_BYTES, MAX_BLOCK_BYTES, NULL, type Pointer } from '../memory/layout.ts';
import { copyBytes, moveBytes } from './byte-runs.ts';
import type { ByteStrings } from './byte-string.ts';
import { ListEdges } from './list-edges.ts';
import {
  appendBehind,
  FIRST_LEAF_BYTES,
  leafBase,
  leafGap,
  prependInGap,
  removeIntoGap,
  SHORT_LIST_BYTES,
  setLeafGap,
  truncateAt,
  wastesRoom,
  writeSingle,
} from './list-tree-leaf.ts';
import { ListTreeReader } from './list-tree-reader.ts';
import * as listpack from './listpack.ts';
import { copyRange, insertBefore, merge, remove, removeEqual, replace, sizeOfRange } from './listpack-edit.ts';
import { ListpackElement } from './listpack-element.ts';
import { ListpackValue } from './listpack-encoding.ts';
import { TreeEditor } from './tree-editor.ts';
import { LIST_SLOT_WORDS, NODE_SLOTS, PLAIN, ROOT_HEIGHT, SLOT_CHILD, SLOT_COUNT, slotCount } from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

/** Fills a node block of 1 KiB. */
const DEFAULT_FANOUT = 126;
/** A leaf that may not be larger in bytes, where its limit is a number of elements. */
const SAFETY_BYTES = 8192;

/** How large the leaves of lists may become. */
export interface LeafLimits {
  readonly maxBytes: number;
  readonly maxCount: number;
}

/** What a value of `list-max-listpack-size` means: -1 to -5 for 4 to 64 KiB, else a number of elements. */
export function leafLimits(listMaxListpackSize: number): LeafLimits {
  if (listMaxListpackSize >= 0) return { maxBytes: SAFETY_BYTES, maxCount: Math.max(1, listMaxListpackSize) };
  return { maxBytes: 2048 << Math.min(5, -listMaxListpackSize), maxCount: Number.POSITIVE_INFINITY };
}

export class ListTree extends ListTreeReader {
  private readonly heap: Heap;
  private readonly strings: ByteStrings;
  private readonly path: TreeEditor;
  private readonly edges: ListEdges;
  /** The way through a list that is copied. */
  private readonly copied: TreePath;
  /** The size of a listpack that a leaf may grow to, which fills its block, and its number of elements. */
  private maxLeafBytes = 0;
  private maxLeafCount = 0;
  private readonly text = new Slice(new Uint8Array(0), 0, 0);
  private readonly element = new ListpackElement();
  private readonly value = new ListpackValue();

  constructor(heap: Heap, strings: ByteStrings, limits: LeafLimits, fanout = DEFAULT_FANOUT) {
    super(heap, strings);
    this.heap = heap;
    this.strings = strings;
    this.path = new TreeEditor(heap, LIST_SLOT_WORDS, fanout);
    this.edges = new ListEdges(heap);
    this.copied = new TreePath(heap, LIST_SLOT_WORDS);
    this.setLimits(limits);
  }

  /** Sets the limits for leaves from now on; those there are stay as they are. */
  setLimits(limits: LeafLimits): void {
    const blockBytes = Math.min(limits.maxBytes + HEADER_BYTES, MAX_BLOCK_BYTES);
    let fitting = 1;
    while (fitting + 1 < CLASS_COUNT && CLASS_SIZE[fitting + 1] <= blockBytes) fitting++;
    this.maxLeafBytes = CLASS_SIZE[fitting] - HEADER_BYTES;
    // A small integer: an infinite one would be boxed on its way to where it is compared.
    this.maxLeafCount = Math.min(limits.maxCount, MAX_BLOCK_BYTES);
  }

  /** An empty list. */
  create(): Pointer {
    return this.path.create();
  }

  pushTail(root: Pointer, value: ListpackValue): Pointer {
    if (this.edges.pushTail(root, value, this.maxLeafBytes, this.maxLeafCount)) return root;
    const path = this.path;
    path.seekLast(root);
    if (this.fits(value)) {
      path.open();
      if (this.roomBehind(value.entryBytes)) {
        const leaf = path.leaf;
        appendBehind(this.heap.bytesOf(leaf), leafBase(this.heap, leaf), value, path.leafWord);
        path.addCount(1, 1);
        return path.root;
      }
    }
    this.trim();
    return this.addLeaf(value, 1);
  }

  pushHead(root: Pointer, value: ListpackValue): Pointer {
    if (this.edges.pushHead(root, value, this.maxLeafBytes, this.maxLeafCount)) return root;
    const path = this.path;
    path.seekFirst(root);
    if (this.fits(value)) {
      path.open();
      if (this.roomBefore(value.entryBytes)) {
        prependInGap(this.heap, path.leaf, value);
        path.addCount(1, 1);
        return path.root;
      }
    }
    this.trim();
    return this.addLeaf(value, 0);
  }

  /** Removes the first element of a list that is not empty. */
  popHead(root: Pointer): Pointer {
    if (this.edges.popHead(root)) return root;
    const path = this.path;
    path.seekFirst(root);
    if (path.leafWord === 1 || path.leafWord >= PLAIN) return this.dropLeaf();
    path.open();
    const leaf = path.openLeaf();
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    removeIntoGap(this.heap, leaf, listpack.next(bytes, base, listpack.LISTPACK_HEADER_BYTES), 1);
    path.addCount(1, -1);
    this.shrink();
    return path.root;
  }

  /** Removes the last element of a list that is not empty. */
  popTail(root: Pointer): Pointer {
    if (this.edges.popTail(root)) return root;
    const path = this.path;
    path.seekLast(root);
    if (path.leafWord === 1 || path.leafWord >= PLAIN) return this.dropLeaf();
    path.open();
    const leaf = path.openLeaf();
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    truncateAt(bytes, base, listpack.last(bytes, base), path.leafWord - 1);
    path.addCount(1, -1);
    this.shrink();
    return path.root;
  }

  /** Puts `value` before the element at `index`, or at the end where `index` is the count. */
  insert(root: Pointer, index: number, value: ListpackValue): Pointer {
    if (index === 0) return this.pushHead(root, value);
    if (index === this.count(root)) return this.pushTail(root, value);
    const path = this.path;
    path.begin(root);
    for (;;) {
      const local = path.seek(path.root, index);
      if (this.fits(value)) return this.insertInLeaf(local, value);
      if (local === 0) {
        path.previousLeaf();
        if (this.fits(value)) return this.insertInLeaf(path.leafWord, value);
        return this.addLeaf(value, 1);
      }
      this.splitLeaf(local, value);
    }
  }

  /** Puts `value` in the place of the element at `index`. */
  set(root: Pointer, index: number, value: ListpackValue): Pointer {
    const path = this.path;
    const local = path.seek(root, index);
    if (path.leafWord >= PLAIN) {
      if (this.isPlain(value)) {
        path.open();
        this.strings.free(path.leaf, path.leafWord - PLAIN);
        path.setLeaf(this.createPlain(value));
        path.setLeafWord(plainWord(value));
        return path.root;
      }
    } else if (!this.isPlain(value)) {
      const bytes = this.heap.bytesOf(path.leaf);
      const base = leafBase(this.heap, path.leaf);
      const at = listpack.seek(bytes, base, local);
      const extra = value.entryBytes - listpack.entryBytesAt(bytes, base, at);
      if (extra <= 0 || listpack.totalBytes(bytes, base) + extra <= this.maxLeafBytes) {
        path.open();
        this.roomAnywhere(Math.max(0, extra));
        const leaf = path.leaf;
        replace(this.heap.bytesOf(leaf), leafBase(this.heap, leaf), at, value);
        return path.root;
      }
    }
    return this.insert(this.removeRange(root, index, 1), index, value);
  }

  /** Removes `count` elements from `start` on, all of which must exist. */
  removeRange(root: Pointer, start: number, count: number): Pointer {
    const path = this.path;
    path.begin(root);
    for (let left = count; left > 0; ) {
      const local = path.seek(path.root, start);
      const inLeaf = slotCount(path.leafWord, 1);
      const removed = Math.min(left, inLeaf - local);
      left -= removed;
      if (removed === inLeaf) this.dropLeaf();
      else this.removeInLeaf(local, removed, inLeaf);
    }
    return path.root;
  }

  /**
   * Removes the first `limit` elements from `start` on that are equal to `value`, or as many as there are. Each leaf is
   * gone through once, however many of its elements go.
   */
  removeEqual(root: Pointer, start: number, value: ListpackValue, limit: number): Pointer {
    const path = this.path;
    path.begin(root);
    let index = start;
    for (let left = limit; left > 0 && index < path.count(path.root); ) {
      const local = path.seek(path.root, index);
      const inLeaf = slotCount(path.leafWord, 1);
      const removed =
        path.leafWord >= PLAIN ? this.removeEqualPlain(value) : this.removeEqualInLeaf(local, value, left);
      index += inLeaf - local - removed;
      left -= removed;
    }
    return path.root;
  }

  /** A list with the same elements, in leaves of the same size. */
  copy(source: Pointer): Pointer {
    const { heap, path, copied } = this;
    let root = this.create();
    copied.seekFirst(source);
    if (copied.leaf === NULL) return root;
    do {
      const word = copied.leafWord;
      path.seekLast(root);
      if (word >= PLAIN) {
        path.stage(this.strings.copy(copied.leaf, word - PLAIN), word);
      } else {
        const bytes = heap.bytesOf(copied.leaf);
        const base = leafBase(heap, copied.leaf);
        const first = listpack.LISTPACK_HEADER_BYTES;
        path.stage(this.copyLeaf(bytes, base, first, listpack.endOffset(bytes, base), word), word);
      }
      root = this.insertStaged(1);
    } while (copied.nextLeaf());
    return root;
  }

  /** Frees a list of at most one leaf; false for others, which a TreeDrain frees. */
  freeSmall(root: Pointer): boolean {
    if (this.heap.word(root, ROOT_HEIGHT) > 0) return false;
    this.path.seekFirst(root);
    if (this.path.leaf !== NULL) this.freeLeaf();
    this.heap.free(root);
    return true;
  }

  /**
   * Appends all elements of a listpack, which may lie outside the heap and must be valid: as a leaf, if that is not
   * too large.
   */
  pushListpack(root: Pointer, bytes: Uint8Array, base: number): Pointer {
    const count = listpack.count(bytes, base);
    if (count === 0) return root;
    const path = this.path;
    const size = listpack.totalBytes(bytes, base);
    if (size <= this.maxLeafBytes && count <= this.maxLeafCount) {
      path.seekLast(root);
      const leaf = this.heap.allocate(HEADER_BYTES + size);
      const target = this.heap.byteOffset(leaf) + HEADER_BYTES;
      const first = listpack.first(bytes, base);
      copyRange(bytes, base, first, listpack.endOffset(bytes, base), count, this.heap.bytesOf(leaf), target);
      path.stage(leaf, count);
      return this.insertStaged(1);
    }
    let changed = root;
    for (let at = listpack.first(bytes, base); at !== listpack.NO_ELEMENT; at = listpack.next(bytes, base, at)) {
      changed = this.pushTail(changed, this.element.read(bytes, base, at).toValue(this.value));
    }
    return changed;
  }

  /** True when no leaf may hold the value. */
  private isPlain(value: ListpackValue): boolean {
    return listpack.EMPTY_LISTPACK_BYTES + value.entryBytes > this.maxLeafBytes;
  }

  /** True when the path's leaf may hold the value besides what it has. */
  private fits(value: ListpackValue): boolean {
    const leaf = this.path.leaf;
    if (leaf === NULL || this.path.leafWord >= this.maxLeafCount || this.path.leafWord >= PLAIN) return false;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    return total + value.entryBytes <= this.maxLeafBytes;
  }

  private createPlain(value: ListpackValue): Pointer {
    return this.strings.create(this.text.point(value.bytes, value.start, value.end));
  }

  /** Adds a leaf for `value` before (0) or after (1) the path's leaf, or as the first one. */
  private addLeaf(value: ListpackValue, after: 0 | 1): Pointer {
    if (this.isPlain(value)) {
      this.path.stage(this.createPlain(value), plainWord(value));
    } else {
      const bytes = listpack.EMPTY_LISTPACK_BYTES + value.entryBytes;
      // Most lists are short; one that has a leaf already is not.
      const least = this.path.leaf === NULL ? SHORT_LIST_BYTES : FIRST_LEAF_BYTES;
      const leaf = this.heap.allocate(HEADER_BYTES + Math.min(this.maxLeafBytes, Math.max(bytes, least)));
      // What is added at the head goes on growing there.
      const gap = after === 0 ? this.heap.capacity(leaf) - HEADER_BYTES - bytes : 0;
      setLeafGap(this.heap, leaf, gap);
      writeSingle(this.heap.bytesOf(leaf), leafBase(this.heap, leaf), value);
      this.path.stage(leaf, 1);
    }
    return this.insertStaged(after);
  }

  /** Inserts the staged slot of a new leaf before (0) or after (1) the path's leaf, or as the first one. */
  private insertStaged(after: 0 | 1): Pointer {
    const path = this.path;
    path.open();
    if (path.leaf === NULL) {
      path.plant();
    } else {
      path.addCount(2, slotCount(path.slot[SLOT_COUNT], 1));
      path.insertSlot(1, path.indexes[1] + after);
    }
    return path.root;
  }

  /** Frees the path's leaf and takes it out. */
  private dropLeaf(): Pointer {
    const path = this.path;
    const word = path.leafWord;
    path.open();
    this.freeLeaf();
    path.addCount(2, -slotCount(word, 1));
    path.removeSlot(1);
    return path.root;
  }

  private freeLeaf(): void {
    const { leaf, leafWord } = this.path;
    if (leafWord >= PLAIN) this.strings.free(leaf, leafWord - PLAIN);
    else this.heap.free(leaf);
  }

  private insertInLeaf(local: number, value: ListpackValue): Pointer {
    const path = this.path;
    path.open();
    this.roomAnywhere(value.entryBytes);
    const leaf = path.leaf;
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    if (local === path.leafWord) appendBehind(bytes, base, value, local);
    else insertBefore(bytes, base, listpack.seek(bytes, base, local), value);
    path.addCount(1, 1);
    return path.root;
  }

  /** Removes some, not all, of the path's leaf's `inLeaf` elements. */
  private removeInLeaf(local: number, removed: number, inLeaf: number): void {
    const path = this.path;
    path.open();
    const leaf = path.openLeaf();
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    if (local === 0) removeIntoGap(this.heap, leaf, listpack.seek(bytes, base, removed), removed);
    else if (local + removed === inLeaf) truncateAt(bytes, base, listpack.seek(bytes, base, local), local);
    else remove(bytes, base, listpack.seek(bytes, base, local), removed);
    path.addCount(1, -removed);
    if (!this.mergeLeaf()) this.shrink();
  }

  /** Removes the path's leaf, a long element, if it is equal to `value`; answers how many elements that are. */
  private removeEqualPlain(value: ListpackValue): number {
    const { path, text } = this;
    text.point(value.bytes, value.start, value.end);
    if (!this.strings.equals(path.leaf, path.leafWord - PLAIN, text)) return 0;
    this.dropLeaf();
    return 1;
  }

  /** Removes up to `limit` elements equal to `value` from the path's leaf, from number `local` on; answers how many. */
  private removeEqualInLeaf(local: number, value: ListpackValue, limit: number): number {
    const { path, heap } = this;
    const base = leafBase(heap, path.leaf);
    const bytes = heap.bytesOf(path.leaf);
    const at = listpack.find(bytes, base, listpack.seek(bytes, base, local), value, 0);
    if (at === listpack.NO_ELEMENT) return 0;
    path.open();
    const leaf = path.openLeaf();
    const removed = removeEqual(heap.bytesOf(leaf), leafBase(heap, leaf), at, value, limit);
    if (removed === path.leafWord) {
      this.dropLeaf();
    } else {
      path.addCount(1, -removed);
      if (!this.mergeLeaf()) this.shrink();
    }
    return removed;
  }

  /** Splits the path's leaf: in the middle, if one half will have room for `value`, else before element `local`. */
  private splitLeaf(local: number, value: ListpackValue): void {
    const { path, heap } = this;
    path.open();
    const count = path.leafWord;
    const old = path.leaf;
    const bytes = heap.bytesOf(old);
    const base = leafBase(heap, old);
    const half = listpack.totalBytes(bytes, base) >>> 1;
    const kept = half + value.entryBytes <= this.maxLeafBytes ? Math.max(1, count >>> 1) : local;
    const middle = listpack.seek(bytes, base, kept);
    const left = this.copyLeaf(bytes, base, listpack.first(bytes, base), middle, kept);
    const right = this.copyLeaf(bytes, base, middle, listpack.endOffset(bytes, base), count - kept);
    heap.free(old);
    path.setLeaf(left);
    path.setLeafWord(kept);
    path.stage(right, count - kept);
    path.insertSlot(1, path.indexes[1] + 1);
  }

  /** A new leaf of the `count` entries in a range of a listpack. */
  private copyLeaf(bytes: Uint8Array, base: number, from: number, to: number, count: number): Pointer {
    const leaf = this.heap.allocate(HEADER_BYTES + sizeOfRange(from, to));
    const target = this.heap.byteOffset(leaf) + HEADER_BYTES;
    copyRange(bytes, base, from, to, count, this.heap.bytesOf(leaf), target);
    return leaf;
  }

  /** Merges the path's leaf with a neighbour under the same node, if it is small and both are together. */
  private mergeLeaf(): boolean {
    const { path, heap } = this;
    const count = path.leafWord;
    const total = listpack.totalBytes(heap.bytesOf(path.leaf), leafBase(heap, path.leaf));
    if (path.height === 0 || total * 4 > this.maxLeafBytes || count * 4 > this.maxLeafCount) return false;
    const index = path.indexes[1];
    if (index + 1 < path.children(1) && this.canMerge(index + 1, total, count)) {
      this.absorb(index);
    } else if (index > 0 && this.canMerge(index - 1, total, count)) {
      path.indexes[1] = index - 1;
      path.nodes[0] = path.childAt(1);
      this.absorb(index - 1);
    } else {
      return false;
    }
    return true;
  }

  private canMerge(neighbour: number, total: number, count: number): boolean {
    const { path, heap } = this;
    const node = path.nodes[1] as Pointer;
    const slot = NODE_SLOTS + neighbour * LIST_SLOT_WORDS;
    const word = heap.word(node, slot + SLOT_COUNT);
    if (word >= PLAIN || (word + count) * 4 > this.maxLeafCount * 3) return false;
    const leaf = heap.pointer(node, slot + SLOT_CHILD);
    return (total + listpack.totalBytes(heap.bytesOf(leaf), leafBase(heap, leaf))) * 4 <= this.maxLeafBytes * 3;
  }

  /** Moves the elements of the leaf behind the path's leaf, which is number `index` of its node, into the latter. */
  private absorb(index: number): void {
    const { path, heap } = this;
    const slot = NODE_SLOTS + (index + 1) * LIST_SLOT_WORDS;
    const right = heap.pointer(path.nodes[1] as Pointer, slot + SLOT_CHILD);
    const moved = heap.word(path.nodes[1] as Pointer, slot + SLOT_COUNT);
    const bytes = heap.bytesOf(right);
    const base = leafBase(heap, right);
    this.roomAnywhere(listpack.totalBytes(bytes, base) - listpack.EMPTY_LISTPACK_BYTES);
    merge(heap.bytesOf(path.leaf), leafBase(heap, path.leaf), bytes, base);
    path.setLeafWord(path.leafWord + moved);
    heap.free(right);
    path.indexes[1] = index + 1;
    path.removeSlot(1);
  }

  /**
   * Makes the path's leaf writable with room for `extra` bytes behind its listpack; false when there is none to be
   * had cheaply, and then the leaf counts as full.
   */
  private roomBehind(extra: number): boolean {
    const leaf = this.path.leaf;
    const gap = leafGap(this.heap, leaf);
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (gap + total + extra <= room) {
      this.path.openLeaf();
      return true;
    }
    // A queue gets its room back in large pieces, or it would be moved for every element.
    if (gap * 4 >= room && total + extra <= room) this.slide(0);
    else if (room < this.maxLeafBytes) this.relocate(this.grown(total + extra, room), false);
    else return false;
    return true;
  }

  /** The same before its listpack. */
  private roomBefore(extra: number): boolean {
    const leaf = this.path.leaf;
    const gap = leafGap(this.heap, leaf);
    if (gap >= extra) {
      this.path.openLeaf();
      return true;
    }
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if ((room - gap - total) * 4 >= room && total + extra <= room) this.slide(room - total);
    else if (room < this.maxLeafBytes) this.relocate(this.grown(total + extra, room), true);
    else return false;
    return true;
  }

  /** Makes the path's leaf writable with room for `extra` bytes behind its listpack. */
  private roomAnywhere(extra: number): void {
    const leaf = this.path.leaf;
    const gap = leafGap(this.heap, leaf);
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (gap + total + extra <= room) this.path.openLeaf();
    else if (total + extra <= room) this.slide(0);
    else this.relocate(Math.max(total + extra, Math.min(this.maxLeafBytes, room + (room >>> 3))), false);
  }

  private grown(needed: number, room: number): number {
    const more = room < FIRST_LEAF_BYTES ? room + (room >>> 2) : room * 2;
    return Math.max(needed, Math.min(this.maxLeafBytes, more));
  }

  /** Makes the path's leaf writable and moves its listpack within the block. */
  private slide(gap: number): void {
    const leaf = this.path.openLeaf();
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    const start = this.heap.byteOffset(leaf) + HEADER_BYTES + gap;
    moveBytes(bytes, base, base + listpack.totalBytes(bytes, base), start);
    setLeafGap(this.heap, leaf, gap);
  }

  /** Moves the path's leaf to a new block for `room` bytes, to its end if `atEnd`. */
  private relocate(room: number, atEnd: boolean): void {
    const heap = this.heap;
    const leaf = this.path.leaf;
    const bytes = heap.bytesOf(leaf);
    const base = leafBase(heap, leaf);
    const total = listpack.totalBytes(bytes, base);
    const fresh = heap.allocate(HEADER_BYTES + room);
    setLeafGap(heap, fresh, atEnd ? heap.capacity(fresh) - HEADER_BYTES - total : 0);
    copyBytes(bytes, base, base + total, heap.bytesOf(fresh), leafBase(heap, fresh));
    heap.free(leaf);
    this.path.setLeaf(fresh);
  }

  /** Gives back the room of a leaf that has lost most of its elements. */
  private shrink(): void {
    const leaf = this.path.leaf;
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (wastesRoom(room, total)) this.relocate(total * 2, false);
  }

  /** Gives back the room of the path's leaf, which will not grow at its end any more. */
  private trim(): void {
    const leaf = this.path.leaf;
    if (leaf === NULL || this.path.leafWord >= PLAIN || this.heap.isFrozen(leaf)) return;
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (total + (total >>> 3) >= room) return;
    this.path.open();
    this.relocate(total, false);
  }
}

/** The count word of the slot of a long element. */
function plainWord(value: ListpackValue): number {
  const length = value.end - value.start;
  invariant(length < PLAIN, 'an element is longer than a list can hold');
  return PLAIN + length;
}
