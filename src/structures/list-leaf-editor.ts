/**
 * The leaf that a path through a list leads to: room for what is put into it, splitting it, and merging it with its
 * neighbours. See list-tree-leaf.ts for the layout.
 *
 * Leaves grow with what is put into them, and give room back when little is left. A queue's leaf slides within its block:
 * what was taken away at one end is used again at the other.
 */
import type { Heap } from '../memory/heap.ts';
import { CLASS_COUNT, CLASS_SIZE, HEADER_BYTES, MAX_BLOCK_BYTES, NULL, type Pointer } from '../memory/layout.ts';
import { copyBytes, moveBytes } from './byte-runs.ts';
import { FIRST_LEAF_BYTES, leafBase, leafGap, setLeafGap, wastesRoom } from './list-tree-leaf.ts';
import * as listpack from './listpack.ts';
import { copyRange, merge as mergeListpacks, sizeOfRange } from './listpack-edit.ts';
import type { ListpackValue } from './listpack-encoding.ts';
import type { TreeEditor } from './tree-editor.ts';
import { LIST_SLOT_WORDS, NODE_SLOTS, PLAIN, SLOT_CHILD, SLOT_COUNT } from './tree-layout.ts';

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

export class ListLeafEditor {
  /** The size of a listpack that a leaf may grow to, which fills its block, and its number of elements. */
  maxBytes = 0;
  maxCount = 0;
  private readonly heap: Heap;
  private readonly path: TreeEditor;

  constructor(heap: Heap, path: TreeEditor, limits: LeafLimits) {
    this.heap = heap;
    this.path = path;
    this.setLimits(limits);
  }

  /** Sets the limits for leaves from now on; those there are stay as they are. */
  setLimits(limits: LeafLimits): void {
    const blockBytes = Math.min(limits.maxBytes + HEADER_BYTES, MAX_BLOCK_BYTES);
    let fitting = 1;
    while (fitting + 1 < CLASS_COUNT && CLASS_SIZE[fitting + 1] <= blockBytes) fitting++;
    this.maxBytes = CLASS_SIZE[fitting] - HEADER_BYTES;
    // A small integer: an infinite one would be boxed on its way to where it is compared.
    this.maxCount = Math.min(limits.maxCount, MAX_BLOCK_BYTES);
  }

  /** True when no leaf may hold the value. */
  isTooLong(value: ListpackValue): boolean {
    return listpack.EMPTY_LISTPACK_BYTES + value.entryBytes > this.maxBytes;
  }

  /** True when the path's leaf may hold the value besides what it has. */
  fits(value: ListpackValue): boolean {
    const leaf = this.path.leaf;
    if (leaf === NULL || this.path.leafWord >= this.maxCount || this.path.leafWord >= PLAIN) return false;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    return total + value.entryBytes <= this.maxBytes;
  }

  /**
   * Makes the path's leaf writable with room for `extra` bytes behind its listpack; false when there is none to be
   * had cheaply, and then the leaf counts as full.
   */
  roomBehind(extra: number): boolean {
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
    else if (room < this.maxBytes) this.relocate(this.grown(total + extra, room), false);
    else return false;
    return true;
  }

  /** The same before its listpack. */
  roomBefore(extra: number): boolean {
    const leaf = this.path.leaf;
    const gap = leafGap(this.heap, leaf);
    if (gap >= extra) {
      this.path.openLeaf();
      return true;
    }
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if ((room - gap - total) * 4 >= room && total + extra <= room) this.slide(room - total);
    else if (room < this.maxBytes) this.relocate(this.grown(total + extra, room), true);
    else return false;
    return true;
  }

  /** Makes the path's leaf writable with room for `extra` bytes behind its listpack. */
  roomAnywhere(extra: number): void {
    const leaf = this.path.leaf;
    const gap = leafGap(this.heap, leaf);
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (gap + total + extra <= room) this.path.openLeaf();
    else if (total + extra <= room) this.slide(0);
    else this.relocate(Math.max(total + extra, Math.min(this.maxBytes, room + (room >>> 3))), false);
  }

  private grown(needed: number, room: number): number {
    const more = room < FIRST_LEAF_BYTES ? room + (room >>> 2) : room * 2;
    return Math.max(needed, Math.min(this.maxBytes, more));
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
  shrink(): void {
    const leaf = this.path.leaf;
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (wastesRoom(room, total)) this.relocate(total * 2, false);
  }

  /** Gives back the room of the path's leaf, which will not grow at its end any more. */
  trim(): void {
    const leaf = this.path.leaf;
    if (leaf === NULL || this.path.leafWord >= PLAIN || this.heap.isFrozen(leaf)) return;
    const room = this.heap.capacity(leaf) - HEADER_BYTES;
    const total = listpack.totalBytes(this.heap.bytesOf(leaf), leafBase(this.heap, leaf));
    if (total + (total >>> 3) >= room) return;
    this.path.open();
    this.relocate(total, false);
  }
  /** Splits the path's leaf: in the middle, if one half will have room for `value`, else before element `local`. */
  split(local: number, value: ListpackValue): void {
    const { path, heap } = this;
    path.open();
    const count = path.leafWord;
    const old = path.leaf;
    const bytes = heap.bytesOf(old);
    const base = leafBase(heap, old);
    const half = listpack.totalBytes(bytes, base) >>> 1;
    const kept = half + value.entryBytes <= this.maxBytes ? Math.max(1, count >>> 1) : local;
    const middle = listpack.seek(bytes, base, kept);
    const left = this.copy(bytes, base, listpack.first(bytes, base), middle, kept);
    const right = this.copy(bytes, base, middle, listpack.endOffset(bytes, base), count - kept);
    heap.free(old);
    path.setLeaf(left);
    path.setLeafWord(kept);
    path.stage(right, count - kept);
    path.insertSlot(1, path.indexes[1] + 1);
  }

  /** A new leaf of the `count` entries in a range of a listpack. */
  copy(bytes: Uint8Array, base: number, from: number, to: number, count: number): Pointer {
    const leaf = this.heap.allocate(HEADER_BYTES + sizeOfRange(from, to));
    const target = this.heap.byteOffset(leaf) + HEADER_BYTES;
    copyRange(bytes, base, from, to, count, this.heap.bytesOf(leaf), target);
    return leaf;
  }

  /** Merges the path's leaf with a neighbour under the same node, if it is small and both are together. */
  merge(): boolean {
    const { path, heap } = this;
    const count = path.leafWord;
    const total = listpack.totalBytes(heap.bytesOf(path.leaf), leafBase(heap, path.leaf));
    if (path.height === 0 || total * 4 > this.maxBytes || count * 4 > this.maxCount) return false;
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
    if (word >= PLAIN || (word + count) * 4 > this.maxCount * 3) return false;
    const leaf = heap.pointer(node, slot + SLOT_CHILD);
    return (total + listpack.totalBytes(heap.bytesOf(leaf), leafBase(heap, leaf))) * 4 <= this.maxBytes * 3;
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
    mergeListpacks(heap.bytesOf(path.leaf), leafBase(heap, path.leaf), bytes, base);
    path.setLeafWord(path.leafWord + moved);
    heap.free(right);
    path.indexes[1] = index + 1;
    path.removeSlot(1);
  }
}
