/**
 * The directory of hash tables: the path from the root to a segment, made writable page by page, and its growth and
 * shrinking. See table-layout.ts for the layout.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { Entries } from './entry.ts';
import type { KeyHasher } from './hash.ts';
import {
  MAX_BUCKET_BITS,
  MAX_PAGE_BITS,
  PAGE,
  PAGE_BITS,
  PAGE_SLOTS,
  pageBytes,
  ROOT_BYTES,
  ROOT_COUNT,
  ROOT_DESCRIPTOR,
  ROOT_NODE,
} from './table-layout.ts';
import { TableReader } from './table-reader.ts';

/** Pages on a path at the most: each consumes at least one bit of the hash. */
const MAX_PATH = 32;

export class TableDirectory extends TableReader {
  /** The root of the path that {@link open} opened. */
  root: Pointer = NULL;

  protected readonly heap: Heap;

  // The opened path: its pages, their bits, and the bits of the hash consumed before each.
  private readonly pathPage = new Uint32Array(MAX_PATH);
  private readonly pathBits = new Uint8Array(MAX_PATH);
  private readonly pathConsumed = new Uint8Array(MAX_PATH);
  private pathLength = 0;

  constructor(heap: Heap, entries: Entries, hasher: KeyHasher) {
    super(heap, entries, hasher);
    this.heap = heap;
  }

  protected newRoot(): Pointer {
    const root = this.heap.allocate(ROOT_BYTES);
    this.setNode(root, ROOT_NODE, NULL);
    this.setNode(root, ROOT_DESCRIPTOR, 0);
    this.setNode(root, ROOT_COUNT, 0);
    return root;
  }

  /** Sets a word of a block that is writable. */
  protected setNode(block: Pointer, word: number, value: number): void {
    this.heap.wordsOf(block)[this.heap.wordOffset(block) + word] = value;
  }

  /**
   * Finds the segment of a hash as {@link locate} does and makes it and all above it writable. Sets {@link root} too.
   */
  protected open(root: Pointer, hash: number): void {
    const heap = this.heap;
    if (heap.frozenThrough === 0) {
      this.locate(root, hash);
      this.openUnfrozen(root);
      return;
    }
    this.root = heap.writable(root);
    this.tracePath(hash);
    if (this.pathLength === 0) {
      const segment = heap.writable(this.segment);
      if (segment !== this.segment) this.setNode(this.root, ROOT_NODE, segment);
      this.segment = segment;
      return;
    }
    for (let level = 0; level < this.pathLength; level++) {
      const page = this.pathPage[level] as Pointer;
      const copy = heap.writable(page);
      if (copy !== page) this.setPathNode(level - 1, hash, copy, PAGE | this.pathBits[level]);
      this.pathPage[level] = copy;
    }
    const segment = heap.writable(this.segment);
    if (segment !== this.segment) this.fillSlots(this.pathLength - 1, hash, this.depth, segment);
    this.segment = segment;
  }

  /** As {@link open}, after {@link locate}, where nothing is frozen. */
  protected openUnfrozen(root: Pointer): void {
    this.root = root;
    this.pathLength = -1;
  }

  /**
   * As {@link open}, and moves what of the path lies in slabs being evacuated.
   */
  protected openMoved(root: Pointer, hash: number): void {
    const { heap } = this;
    this.open(root, hash);
    this.needPath(hash);
    this.root = heap.moved(this.root);
    for (let level = 0; level < this.pathLength; level++) {
      const page = this.pathPage[level] as Pointer;
      const moved = heap.moved(page);
      if (moved === page) continue;
      this.setPathNode(level - 1, hash, moved, PAGE | this.pathBits[level]);
      this.pathPage[level] = moved;
    }
    const segment = heap.moved(this.segment);
    if (segment === this.segment) return;
    if (this.pathLength === 0) this.setNode(this.root, ROOT_NODE, segment);
    else this.fillSlots(this.pathLength - 1, hash, this.depth, segment);
    this.segment = segment;
  }

  /** True when {@link openMoved} would move something. */
  protected pathMustMove(root: Pointer, hash: number): boolean {
    const { heap } = this;
    this.root = root;
    this.tracePath(hash);
    if (heap.mustMove(root) || heap.mustMove(this.segment)) return true;
    for (let level = 0; level < this.pathLength; level++)
      if (heap.mustMove(this.pathPage[level] as Pointer)) return true;
    return false;
  }

  /** Records the pages from {@link root} to the segment of `hash`. */
  private tracePath(hash: number): void {
    this.locate(this.root, hash);
    this.pathLength = 0;
    let node = this.heap.pointer(this.root, ROOT_NODE);
    let descriptor = this.heap.word(this.root, ROOT_DESCRIPTOR);
    let consumed = 0;
    while ((descriptor & PAGE) !== 0) {
      const bits = descriptor & 0x7f;
      const level = this.pathLength++;
      this.pathPage[level] = node;
      this.pathBits[level] = bits;
      this.pathConsumed[level] = consumed;
      const index = (hash << consumed) >>> (32 - bits);
      descriptor = this.pageDescriptor(node, bits, index);
      node = this.heap.pointer(node, PAGE_SLOTS + index);
      consumed += bits;
    }
  }

  /** The path is recorded only when it is needed: see {@link open}. */
  private needPath(hash: number): void {
    if (this.pathLength < 0) this.tracePath(hash);
  }

  /** Puts a node with its descriptor into the slot for `hash` of the page at `level`, or into the root. */
  private setPathNode(level: number, hash: number, node: Pointer, descriptor: number): void {
    if (level < 0) {
      this.setNode(this.root, ROOT_NODE, node);
      this.setNode(this.root, ROOT_DESCRIPTOR, descriptor);
      return;
    }
    const bits = this.pathBits[level];
    const index = (hash << this.pathConsumed[level]) >>> (32 - bits);
    this.setSlots(this.pathPage[level] as Pointer, bits, index, 1, node, descriptor);
  }

  /** Puts a segment into all slots of the page at `level` that share the first `depth` bits of `hash`. */
  private fillSlots(level: number, hash: number, depth: number, segment: Pointer): void {
    const bits = this.pathBits[level];
    const consumed = this.pathConsumed[level];
    const shift = bits - (depth - consumed);
    const index = (hash << consumed) >>> (32 - bits);
    const first = (index >>> shift) << shift;
    this.setSlots(this.pathPage[level] as Pointer, bits, first, 1 << shift, segment, depth);
  }

  private setSlots(page: Pointer, bits: number, first: number, count: number, node: Pointer, descriptor: number): void {
    const words = this.heap.wordsOf(page);
    const slots = this.heap.wordOffset(page) + PAGE_SLOTS;
    const bytes = this.heap.bytesOf(page);
    const descriptors = (slots + (1 << bits)) << 2;
    for (let i = first; i < first + count; i++) {
      words[slots + i] = node;
      bytes[descriptors + i] = descriptor;
    }
  }

  private newPage(bits: number): Pointer {
    const page = this.heap.allocate(pageBytes(bits));
    this.setNode(page, PAGE_BITS, bits);
    return page;
  }

  /** Puts `left` and `right`, of one bit more, in the place of the open segment, which had `depth`. */
  protected linkSplit(hash: number, depth: number, left: Pointer, right: Pointer): void {
    this.needPath(hash);
    let level = this.pathLength - 1;
    if (
      level < 0 ||
      (depth === this.pathConsumed[level] + this.pathBits[level] && this.pathBits[level] === MAX_PAGE_BITS)
    ) {
      // The page above is as large as pages get, or there is none: the two get a page of their own.
      const page = this.newPage(1);
      this.setSlots(page, 1, 0, 1, left, depth + 1);
      this.setSlots(page, 1, 1, 1, right, depth + 1);
      this.setPathNode(level, hash, page, PAGE | 1);
      return;
    }
    if (depth === this.pathConsumed[level] + this.pathBits[level]) this.doublePage(level, hash);
    level = this.pathLength - 1;
    const half = 1 << (31 - depth);
    this.fillSlots(level, (hash & ~half) >>> 0, depth + 1, left);
    this.fillSlots(level, (hash | half) >>> 0, depth + 1, right);
  }

  private doublePage(level: number, hash: number): void {
    const old = this.pathPage[level] as Pointer;
    const bits = this.pathBits[level];
    const page = this.newPage(bits + 1);
    for (let i = 0; i < 1 << bits; i++) {
      this.setSlots(
        page,
        bits + 1,
        i * 2,
        2,
        this.heap.pointer(old, PAGE_SLOTS + i),
        this.pageDescriptor(old, bits, i),
      );
    }
    this.replacePage(level, hash, page, bits + 1);
  }

  private replacePage(level: number, hash: number, page: Pointer, bits: number): void {
    this.heap.free(this.pathPage[level] as Pointer);
    this.pathPage[level] = page;
    this.pathBits[level] = bits;
    this.setPathNode(level - 1, hash, page, PAGE | bits);
  }

  /** The segment that shares all but the last of the open segment's `depth` bits, if it is as deep; else null. */
  protected buddy(hash: number, depth: number): Pointer {
    this.needPath(hash);
    const level = this.pathLength - 1;
    const bits = this.pathBits[level];
    const other = (hash ^ (1 << (32 - depth))) >>> 0;
    const index = (other << this.pathConsumed[level]) >>> (32 - bits);
    const page = this.pathPage[level] as Pointer;
    if (this.pageDescriptor(page, bits, index) !== depth) return NULL;
    return this.heap.pointer(page, PAGE_SLOTS + index);
  }

  /** Puts `merged`, of one bit less, in the place of the open segment, which had `depth`, and its buddy. */
  protected linkMerged(hash: number, depth: number, merged: Pointer): void {
    let level = this.pathLength - 1;
    if (depth - 1 > this.pathConsumed[level]) {
      this.fillSlots(level, hash, depth - 1, merged);
      this.halvePage(level, hash);
      return;
    }
    // The page held these two only.
    this.heap.free(this.pathPage[level] as Pointer);
    this.pathLength--;
    level--;
    // In the root a lone segment is described by its bucket bits, which are the most a segment has.
    if (level < 0) this.setPathNode(level, hash, merged, MAX_BUCKET_BITS);
    else this.fillSlots(level, hash, depth - 1, merged);
  }

  /** Halves a page none of whose slots needs its last bit. */
  private halvePage(level: number, hash: number): void {
    const bits = this.pathBits[level];
    const page = this.pathPage[level] as Pointer;
    const depth = this.pathConsumed[level] + bits;
    if (bits === 1) return;
    for (let i = 0; i < 1 << bits; i += 2) {
      const descriptor = this.pageDescriptor(page, bits, i);
      if ((descriptor & PAGE) !== 0 || descriptor === depth) return;
    }
    const half = this.newPage(bits - 1);
    for (let i = 0; i < 1 << (bits - 1); i++) {
      this.setSlots(
        half,
        bits - 1,
        i,
        1,
        this.heap.pointer(page, PAGE_SLOTS + i * 2),
        this.pageDescriptor(page, bits, i * 2),
      );
    }
    this.replacePage(level, hash, half, bits - 1);
  }
}
