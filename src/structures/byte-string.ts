/**
 * Strings too long to lie in their owner's block.
 *
 * A string of up to {@link LEAF_BYTES} is one block holding its bytes. A longer one is a tree of such leaves: all
 * but the last are full, so an offset leads to its leaf by division, and inner nodes hold {@link FANOUT} pointers.
 * The length is known by the owner and decides the height. A null leaf (or inner node) stands for zeros, so that
 * writing far behind the end of a string costs nothing for the gap.
 *
 * ```text
 * leaf   | header | bytes … |
 * node   | header | pointer × (as many as the length needs, up to 1,024) |
 * ```
 */
import type { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { blockBytesFor, CLASS_SIZE, HEADER_BYTES, HEADER_WORDS, NULL, type Pointer } from '../memory/layout.ts';

/** Bytes of a full leaf: three of them fill a slab. */
export const LEAF_BYTES = 21_816;
const FANOUT = 1024;
const ZEROS = new Uint8Array(LEAF_BYTES);
const FULL_LEAF_BYTES = blockBytesFor(HEADER_BYTES + LEAF_BYTES);

/** Levels of inner nodes above the leaves of a string of this length. */
function heightOf(length: number): number {
  let height = 0;
  for (let span = LEAF_BYTES; span < length; span *= FANOUT) height++;
  return height;
}

/** Bytes below one pointer of a node at this height. */
function childSpan(height: number): number {
  return LEAF_BYTES * FANOUT ** (height - 1);
}

/**
 * Reads a string run by run:
 *
 * ```ts
 * for (let at = from; at < to; at += strings.seek(pointer, length, at, to)) …
 * ```
 * where the body, after `seek`, uses `bytes[start, end)`.
 */
export class ByteStringReader {
  /** The run that was sought: `bytes[start, end)`. */
  bytes: Uint8Array = ZEROS;
  start = 0;
  end = 0;
  protected readonly view: HeapView;

  constructor(view: HeapView) {
    this.view = view;
  }

  /** True when the run lies in a hole: nothing is stored for it, and all its bytes are zero. */
  get isHole(): boolean {
    return this.bytes === ZEROS;
  }

  /** Points the run at the bytes from `offset` to the end of their leaf, but not beyond `limit`. Answers its length. */
  seek(pointer: Pointer, length: number, offset: number, limit: number): number {
    let node = pointer;
    let rest = offset;
    for (let height = heightOf(length); height > 0 && node !== NULL; height--) {
      const span = childSpan(height);
      const index = Math.floor(rest / span);
      rest -= index * span;
      node = this.view.pointer(node, HEADER_WORDS + index);
    }
    rest = offset % LEAF_BYTES;
    const run = Math.min(LEAF_BYTES - rest, limit - offset);
    if (node === NULL) {
      this.bytes = ZEROS;
      this.start = rest;
    } else {
      this.bytes = this.view.bytesOf(node);
      this.start = this.view.byteOffset(node) + HEADER_BYTES + rest;
    }
    this.end = this.start + run;
    return run;
  }

  /** True when the string equals the slice. */
  equals(pointer: Pointer, length: number, other: Slice): boolean {
    if (other.length !== length) return false;
    for (let at = 0; at < length; ) {
      const run = this.seek(pointer, length, at, length);
      for (let i = 0; i < run; i++) if (this.bytes[this.start + i] !== other.bytes[other.start + at + i]) return false;
      at += run;
    }
    return true;
  }

  /** Copies `[from, to)` of the string to `target` at `at`. */
  copyTo(pointer: Pointer, length: number, from: number, to: number, target: Uint8Array, at: number): void {
    for (let offset = from; offset < to; ) {
      const run = this.seek(pointer, length, offset, to);
      target.set(this.bytes.subarray(this.start, this.end), at + offset - from);
      offset += run;
    }
  }

  /** Calls `visit` with every block of the string. */
  walk(pointer: Pointer, length: number, visit: (block: Pointer) => void): void {
    this.walkNode(pointer, length, heightOf(length), visit);
  }

  /** Bytes of all blocks of the string, counted without looking at the leaves, but for the last one. */
  blockBytes(pointer: Pointer, length: number): number {
    return this.nodeBytes(pointer, length, heightOf(length));
  }

  private nodeBytes(node: Pointer, length: number, height: number): number {
    if (node === NULL) return 0;
    if (height === 0 && length === LEAF_BYTES) return FULL_LEAF_BYTES;
    let bytes = CLASS_SIZE[this.view.word(node, 0) & 0xff];
    if (height === 0) return bytes;
    const span = childSpan(height);
    for (let i = 0; i * span < length; i++) {
      bytes += this.nodeBytes(this.view.pointer(node, HEADER_WORDS + i), Math.min(span, length - i * span), height - 1);
    }
    return bytes;
  }

  private walkNode(node: Pointer, length: number, height: number, visit: (block: Pointer) => void): void {
    if (node === NULL) return;
    if (height > 0) {
      const span = childSpan(height);
      for (let i = 0; i * span < length; i++) {
        this.walkNode(this.view.pointer(node, HEADER_WORDS + i), Math.min(span, length - i * span), height - 1, visit);
      }
    }
    visit(node);
  }
}

/** Makes and changes strings. All methods that change one answer the pointer to store in its place. */
export class ByteStrings extends ByteStringReader {
  private readonly heap: Heap;

  constructor(heap: Heap) {
    super(heap);
    this.heap = heap;
  }

  /** A string of the slice's bytes, which must not be empty. */
  create(value: Slice): Pointer {
    return this.write(NULL, 0, 0, value);
  }

  /**
   * Writes `value` at `offset`, growing the string to `max(length, offset + value.length)` bytes; a gap reads as
   * zeros.
   */
  write(pointer: Pointer, length: number, offset: number, value: Slice): Pointer {
    const end = offset + value.length;
    let root = pointer;
    const height = heightOf(Math.max(length, end));
    for (let raised = heightOf(length); raised < height && root !== NULL; raised++) {
      const node = this.node(1);
      this.heap.wordsOf(node)[this.heap.wordOffset(node) + HEADER_WORDS] = root;
      root = node;
    }
    const newLength = Math.max(length, end);
    return this.writeNode(root, height, length, newLength, offset, end, value, value.start - offset);
  }

  /** A copy of the string in blocks of its own. What stands for zeros stays so. */
  copy(pointer: Pointer, length: number): Pointer {
    return this.copyNode(pointer, length, heightOf(length));
  }

  private copyNode(node: Pointer, length: number, height: number): Pointer {
    if (node === NULL) return NULL;
    if (height === 0) {
      const leaf = this.heap.allocate(HEADER_BYTES + length);
      const start = this.heap.byteOffset(node) + HEADER_BYTES;
      const source = this.heap.bytesOf(node).subarray(start, start + length);
      this.heap.bytesOf(leaf).set(source, this.heap.byteOffset(leaf) + HEADER_BYTES);
      return leaf;
    }
    const span = childSpan(height);
    const children = Math.ceil(length / span);
    const fresh = this.node(children);
    for (let i = 0; i < children; i++) {
      const child = this.heap.pointer(node, HEADER_WORDS + i);
      const copy = this.copyNode(child, Math.min(span, length - i * span), height - 1);
      this.heap.wordsOf(fresh)[this.heap.wordOffset(fresh) + HEADER_WORDS + i] = copy;
    }
    return fresh;
  }

  /**
   * Moves the blocks that lie in slabs being evacuated, those that hold `[from, to)` and those above them. Answers the
   * string's pointer, which differs where the top has moved.
   */
  relocate(pointer: Pointer, length: number, from: number, to: number): Pointer {
    return this.relocateNode(pointer, length, heightOf(length), from, to);
  }

  private relocateNode(node: Pointer, length: number, height: number, from: number, to: number): Pointer {
    if (node === NULL) return NULL;
    let current = node;
    if (height > 0) {
      const span = childSpan(height);
      const end = Math.min(to, length);
      for (let i = Math.floor(from / span); i * span < end; i++) {
        const start = i * span;
        const child = this.heap.pointer(current, HEADER_WORDS + i);
        const below = Math.min(span, length - start);
        const moved = this.relocateNode(child, below, height - 1, Math.max(0, from - start), end - start);
        if (moved === child) continue;
        current = this.heap.writable(current);
        this.heap.wordsOf(current)[this.heap.wordOffset(current) + HEADER_WORDS + i] = moved;
      }
    }
    return this.heap.moved(current);
  }

  /** Frees all blocks of the string. */
  free(pointer: Pointer, length: number): void {
    this.walk(pointer, length, (block) => this.heap.free(block));
  }

  /**
   * A new inner node with room for `children`, all null. Nodes are as wide as they need to be, rounded up to a power
   * of two, so that a string of a few leaves has a small node.
   */
  private node(children: number): Pointer {
    const width = nodeWidth(children);
    const node = this.heap.allocate(HEADER_BYTES + width * 4);
    const words = this.heap.wordsOf(node);
    const at = this.heap.wordOffset(node) + HEADER_WORDS;
    words.fill(0, at, at + width);
    return node;
  }

  /**
   * Writes `value` (whose byte for offset o is `value.bytes[valueBase + o]`) into the node that begins at offset 0
   * of this call's coordinates and has `oldLength` bytes now, `newLength` afterwards.
   */
  private writeNode(
    node: Pointer,
    height: number,
    oldLength: number,
    newLength: number,
    from: number,
    to: number,
    value: Slice,
    valueBase: number,
  ): Pointer {
    if (height === 0) return this.writeLeaf(node, oldLength, newLength, from, to, value, valueBase);
    const span = childSpan(height);
    const children = Math.ceil(newLength / span);
    const writable = this.widen(node, Math.ceil(oldLength / span), children);
    const first = Math.floor(from / span);
    // An empty write, which only grows the node, touches no child here.
    const last = to > from ? Math.floor((to - 1) / span) : first - 1;
    for (let i = first; i <= last; i++) {
      const start = i * span;
      const child = this.writeNode(
        this.heap.pointer(writable, HEADER_WORDS + i),
        height - 1,
        clamp(oldLength - start, span),
        clamp(newLength - start, span),
        Math.max(from - start, 0),
        Math.min(to - start, span),
        value,
        valueBase + start,
      );
      this.heap.wordsOf(writable)[this.heap.wordOffset(writable) + HEADER_WORDS + i] = child;
    }
    // What grows without being written to stands between the old end and the new text: zeros, to be made good where
    // the old last leaf is shorter than it has to be now.
    const oldLast = oldLength === 0 ? -1 : Math.floor((oldLength - 1) / span);
    if (newLength > oldLength && oldLast >= 0 && (oldLast < first || oldLast > last)) {
      const start = oldLast * span;
      const grownLength = clamp(newLength - start, span);
      if (grownLength > oldLength - start) {
        const child = this.writeNode(
          this.heap.pointer(writable, HEADER_WORDS + oldLast),
          height - 1,
          oldLength - start,
          grownLength,
          grownLength,
          grownLength,
          value,
          valueBase + start,
        );
        this.heap.wordsOf(writable)[this.heap.wordOffset(writable) + HEADER_WORDS + oldLast] = child;
      }
    }
    return writable;
  }

  /** The node, writable and wide enough for `children`. */
  private widen(node: Pointer, oldChildren: number, children: number): Pointer {
    if (node === NULL) return this.node(children);
    if (nodeWidth(children) === nodeWidth(Math.max(1, oldChildren))) return this.heap.writable(node);
    const wide = this.node(children);
    const source = this.heap.wordsOf(node);
    const target = this.heap.wordsOf(wide);
    const from = this.heap.wordOffset(node) + HEADER_WORDS;
    const to = this.heap.wordOffset(wide) + HEADER_WORDS;
    for (let i = 0; i < oldChildren; i++) target[to + i] = source[from + i];
    this.heap.free(node);
    return wide;
  }

  private writeLeaf(
    leaf: Pointer,
    oldLength: number,
    newLength: number,
    from: number,
    to: number,
    value: Slice,
    valueBase: number,
  ): Pointer {
    const heap = this.heap;
    // A hole stays one while nothing is written into it.
    if (leaf === NULL && to <= from) return NULL;
    let target = leaf;
    if (leaf === NULL || heap.capacity(leaf) < HEADER_BYTES + newLength) {
      target = heap.allocate(HEADER_BYTES + newLength);
      const bytes = heap.bytesOf(target);
      const at = heap.byteOffset(target) + HEADER_BYTES;
      if (leaf === NULL) {
        bytes.fill(0, at, at + oldLength);
      } else {
        const start = heap.byteOffset(leaf) + HEADER_BYTES;
        // What the write covers need not be copied.
        const kept = Math.min(oldLength, to >= oldLength ? from : oldLength);
        bytes.set(heap.bytesOf(leaf).subarray(start, start + kept), at);
        heap.free(leaf);
      }
    } else {
      target = heap.writable(leaf);
    }
    const bytes = heap.bytesOf(target);
    const at = heap.byteOffset(target) + HEADER_BYTES;
    if (from > oldLength) bytes.fill(0, at + oldLength, at + from);
    if (newLength > Math.max(to, oldLength)) bytes.fill(0, at + Math.max(to, oldLength), at + newLength);
    if (to > from) bytes.set(value.bytes.subarray(valueBase + from, valueBase + to), at + from);
    return target;
  }
}

function nodeWidth(children: number): number {
  let width = 4;
  while (width < children) width *= 2;
  return width;
}

function clamp(length: number, span: number): number {
  return Math.max(0, Math.min(length, span));
}
