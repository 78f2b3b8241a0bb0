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
import { HEADER_BYTES, NULL, type Pointer } from '../memory/layout.ts';
import type { ByteStrings } from './byte-string.ts';
import { ListEdges } from './list-edges.ts';
import { type LeafLimits, ListLeafEditor } from './list-leaf-editor.ts';
import type { ListCursor } from './list-tree-cursor.ts';
import {
  appendBehind,
  FIRST_LEAF_BYTES,
  leafBase,
  prependInGap,
  removeIntoGap,
  SHORT_LIST_BYTES,
  setLeafGap,
  truncateAt,
  writeSingle,
} from './list-tree-leaf.ts';
import { ListTreeReader } from './list-tree-reader.ts';
import * as listpack from './listpack.ts';
import { copyRange, insertBefore, remove, removeEqual, replace } from './listpack-edit.ts';
import { ListpackElement } from './listpack-element.ts';
import { ListpackValue } from './listpack-encoding.ts';
import { TreeEditor } from './tree-editor.ts';
import { LIST_SLOT_WORDS, PLAIN, ROOT_HEIGHT, SLOT_COUNT, slotCount } from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

/** Fills a node block of 1 KiB. */
const DEFAULT_FANOUT = 126;

export class ListTree extends ListTreeReader {
  private readonly heap: Heap;
  private readonly strings: ByteStrings;
  private readonly path: TreeEditor;
  /** The path's leaf. */
  private readonly leaf: ListLeafEditor;
  private readonly edges: ListEdges;
  /** The way through a list that is copied. */
  private readonly copied: TreePath;
  private readonly text = new Slice(new Uint8Array(0), 0, 0);
  private readonly element = new ListpackElement();
  private readonly value = new ListpackValue();

  constructor(heap: Heap, strings: ByteStrings, limits: LeafLimits, fanout = DEFAULT_FANOUT) {
    super(heap, strings);
    this.heap = heap;
    this.strings = strings;
    this.path = new TreeEditor(heap, LIST_SLOT_WORDS, fanout);
    this.leaf = new ListLeafEditor(heap, this.path, limits);
    this.edges = new ListEdges(heap);
    this.copied = new TreePath(heap, LIST_SLOT_WORDS);
  }

  /** Sets the limits for leaves from now on; those there are stay as they are. */
  setLimits(limits: LeafLimits): void {
    this.leaf.setLimits(limits);
  }

  /** An empty list. */
  create(): Pointer {
    this.edges.forget();
    return this.path.create();
  }

  pushTail(root: Pointer, value: ListpackValue): Pointer {
    if (this.edges.pushTail(root, value, this.leaf.maxBytes, this.leaf.maxCount)) return root;
    const path = this.change();
    path.seekLast(root);
    if (this.leaf.fits(value)) {
      path.open();
      if (this.leaf.roomBehind(value.entryBytes)) {
        const leaf = path.leaf;
        appendBehind(this.heap.bytesOf(leaf), leafBase(this.heap, leaf), value, path.leafWord);
        path.addCount(1, 1);
        return path.root;
      }
    }
    this.leaf.trim();
    return this.addLeaf(value, 1);
  }

  pushHead(root: Pointer, value: ListpackValue): Pointer {
    if (this.edges.pushHead(root, value, this.leaf.maxBytes, this.leaf.maxCount)) return root;
    const path = this.change();
    path.seekFirst(root);
    if (this.leaf.fits(value)) {
      path.open();
      if (this.leaf.roomBefore(value.entryBytes)) {
        prependInGap(this.heap, path.leaf, value);
        path.addCount(1, 1);
        return path.root;
      }
    }
    this.leaf.trim();
    return this.addLeaf(value, 0);
  }

  /** Removes the first element of a list that is not empty. */
  popHead(root: Pointer): Pointer {
    if (this.edges.popHead(root)) return root;
    const path = this.change();
    path.seekFirst(root);
    if (path.leafWord === 1 || path.leafWord >= PLAIN) return this.dropLeaf();
    path.open();
    const leaf = path.openLeaf();
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    removeIntoGap(this.heap, leaf, listpack.next(bytes, base, listpack.LISTPACK_HEADER_BYTES), 1);
    path.addCount(1, -1);
    this.leaf.shrink();
    return path.root;
  }

  /** Removes the last element of a list that is not empty. */
  popTail(root: Pointer): Pointer {
    if (this.edges.popTail(root)) return root;
    const path = this.change();
    path.seekLast(root);
    if (path.leafWord === 1 || path.leafWord >= PLAIN) return this.dropLeaf();
    path.open();
    const leaf = path.openLeaf();
    const bytes = this.heap.bytesOf(leaf);
    const base = leafBase(this.heap, leaf);
    truncateAt(bytes, base, listpack.last(bytes, base), path.leafWord - 1);
    path.addCount(1, -1);
    this.leaf.shrink();
    return path.root;
  }

  /** Leads `cursor` to the first element of a list that is not empty, for reading it and nothing else. */
  readHead(root: Pointer, cursor: ListCursor): void {
    if (!this.edges.readHead(root, cursor)) cursor.seek(root, 0);
  }

  /** Leads `cursor` to the last element of a list that is not empty, for reading it and nothing else. */
  readTail(root: Pointer, cursor: ListCursor): void {
    if (!this.edges.readTail(root, cursor)) cursor.seek(root, this.count(root) - 1);
  }

  /** Puts `value` before the element at `index`, or at the end where `index` is the count. */
  insert(root: Pointer, index: number, value: ListpackValue): Pointer {
    if (index === 0) return this.pushHead(root, value);
    if (index === this.count(root)) return this.pushTail(root, value);
    const path = this.change();
    path.begin(root);
    for (;;) {
      const local = path.seek(path.root, index);
      if (this.leaf.fits(value)) return this.insertInLeaf(local, value);
      if (local === 0) {
        path.previousLeaf();
        if (this.leaf.fits(value)) return this.insertInLeaf(path.leafWord, value);
        return this.addLeaf(value, 1);
      }
      this.leaf.split(local, value);
    }
  }

  /** Puts `value` in the place of the element at `index`. */
  set(root: Pointer, index: number, value: ListpackValue): Pointer {
    const path = this.change();
    const local = path.seek(root, index);
    if (path.leafWord >= PLAIN) {
      if (this.leaf.isTooLong(value)) {
        path.open();
        this.strings.free(path.leaf, path.leafWord - PLAIN);
        path.setLeaf(this.createPlain(value));
        path.setLeafWord(plainWord(value));
        return path.root;
      }
    } else if (!this.leaf.isTooLong(value)) {
      const bytes = this.heap.bytesOf(path.leaf);
      const base = leafBase(this.heap, path.leaf);
      const at = listpack.seek(bytes, base, local);
      const extra = value.entryBytes - listpack.entryBytesAt(bytes, base, at);
      if (extra <= 0 || listpack.totalBytes(bytes, base) + extra <= this.leaf.maxBytes) {
        path.open();
        this.leaf.roomAnywhere(Math.max(0, extra));
        const leaf = path.leaf;
        replace(this.heap.bytesOf(leaf), leafBase(this.heap, leaf), at, value);
        return path.root;
      }
    }
    return this.insert(this.removeRange(root, index, 1), index, value);
  }

  /** Removes `count` elements from `start` on, all of which must exist. */
  removeRange(root: Pointer, start: number, count: number): Pointer {
    const path = this.change();
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
    const path = this.change();
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
        path.stage(this.leaf.copy(bytes, base, first, listpack.endOffset(bytes, base), word), word);
      }
      root = this.insertStaged(1);
    } while (copied.nextLeaf());
    return root;
  }

  /** Frees a list of at most one leaf; false for others, which a TreeDrain frees. */
  freeSmall(root: Pointer): boolean {
    if (this.heap.word(root, ROOT_HEIGHT) > 0) return false;
    this.change().seekFirst(root);
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
    const path = this.change();
    const size = listpack.totalBytes(bytes, base);
    if (size <= this.leaf.maxBytes && count <= this.leaf.maxCount) {
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

  /** What every change but those of {@link edges} begins with. */
  private change(): TreeEditor {
    this.edges.forget();
    return this.path;
  }

  private createPlain(value: ListpackValue): Pointer {
    return this.strings.create(this.text.point(value.bytes, value.start, value.end));
  }

  /** Adds a leaf for `value` before (0) or after (1) the path's leaf, or as the first one. */
  private addLeaf(value: ListpackValue, after: 0 | 1): Pointer {
    if (this.leaf.isTooLong(value)) {
      this.path.stage(this.createPlain(value), plainWord(value));
    } else {
      const bytes = listpack.EMPTY_LISTPACK_BYTES + value.entryBytes;
      // Most lists are short; one that has a leaf already is not.
      const least = this.path.leaf === NULL ? SHORT_LIST_BYTES : FIRST_LEAF_BYTES;
      const leaf = this.heap.allocate(HEADER_BYTES + Math.min(this.leaf.maxBytes, Math.max(bytes, least)));
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
    this.leaf.roomAnywhere(value.entryBytes);
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
    if (!this.leaf.merge()) this.leaf.shrink();
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
      if (!this.leaf.merge()) this.leaf.shrink();
    }
    return removed;
  }
}

/** The count word of the slot of a long element. */
function plainWord(value: ListpackValue): number {
  const length = value.end - value.start;
  invariant(length < PLAIN, 'an element is longer than a list can hold');
  return PLAIN + length;
}
