/**
 * A place in a list, from which it is read in either direction. Made once and used for one list after another; it
 * holds until the list changes. It works on any view, so on a snapshot's too.
 */

import { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { ByteStringReader } from './byte-string.ts';
import { leafBase } from './list-tree-leaf.ts';
import * as listpack from './listpack.ts';
import { ListpackElement } from './listpack-element.ts';
import {
  backLengthBytes,
  encodedBytesAt,
  isStringHead,
  LISTPACK_END,
  type ListpackValue,
  stringHeadBytes,
} from './listpack-encoding.ts';
import { LIST_SLOT_WORDS, PLAIN } from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

const EMPTY = new Uint8Array(0);

export class ListCursor {
  /** The element's index in the list. */
  index = 0;
  /** True when the element is a byte string of its own, {@link plain} of {@link plainLength} bytes. */
  isPlain = false;
  plain: Pointer = NULL;
  plainLength = 0;
  /** The element where it is not plain. */
  readonly element = new ListpackElement();
  /** The listpack that the element is in, where it is not plain: `leafBytes` from `leafBase` on. */
  leafBytes: Uint8Array = EMPTY;
  leafBase = 0;
  /** How many elements the leaf has. */
  leafCount = 0;

  private readonly view: HeapView;
  private readonly strings: ByteStringReader;
  private readonly path: TreePath;
  private readonly text = new Slice(EMPTY, 0, 0);
  /** The element's offset from {@link leafBase}. */
  private at = 0;

  constructor(view: HeapView, strings: ByteStringReader) {
    this.view = view;
    this.strings = strings;
    this.path = new TreePath(view, LIST_SLOT_WORDS);
  }

  /** Moves to the element at `index`, 0 or more; false when there is none. */
  seek(root: Pointer, index: number): boolean {
    if (index >= this.path.count(root)) return false;
    const local = this.path.seek(root, index);
    this.index = index;
    this.openLeaf();
    if (!this.isPlain) this.read(listpack.seek(this.leafBytes, this.leafBase, local));
    return true;
  }

  /** Points at an element whose place is known already, for reading it and nothing else. */
  point(bytes: Uint8Array, base: number, at: number): void {
    this.isPlain = false;
    if (this.leafBytes !== bytes) this.leafBytes = bytes;
    this.leafBase = base;
    this.read(at);
  }

  /** Moves to the next element; false when there is none, and then the cursor stays. */
  next(): boolean {
    if (!this.isPlain) {
      const at = listpack.next(this.leafBytes, this.leafBase, this.at);
      if (at !== listpack.NO_ELEMENT) {
        this.index++;
        this.read(at);
        return true;
      }
    }
    if (!this.path.nextLeaf()) return false;
    this.index++;
    this.openLeaf();
    if (!this.isPlain) this.read(listpack.LISTPACK_HEADER_BYTES);
    return true;
  }

  /**
   * Notes where strings lie in {@link leafBytes}: this element and those after it, as far as they are strings, in the
   * same leaf, and no more than the two arrays hold or `limit` says. Answers how many, and moves to the last of them.
   */
  readStrings(starts: Int32Array, ends: Int32Array, limit: number): number {
    if (this.isPlain) return 0;
    const { leafBytes: bytes, leafBase: base } = this;
    const most = Math.min(limit, starts.length);
    let offset = base + this.at;
    let last = offset;
    let count = 0;
    while (count < most) {
      const head = bytes[offset];
      // The end of the listpack is no string either.
      if (!isStringHead(head)) break;
      const end = offset + encodedBytesAt(bytes, offset);
      starts[count] = offset + stringHeadBytes(head);
      ends[count] = end;
      count++;
      last = offset;
      offset = end + backLengthBytes(end - offset);
    }
    if (count > 0) {
      this.at = last - base;
      this.index += count - 1;
    }
    return count;
  }

  /** Moves to the element before; false when there is none, and then the cursor stays. */
  previous(): boolean {
    if (!this.isPlain) {
      const at = listpack.previous(this.leafBytes, this.leafBase, this.at);
      if (at !== listpack.NO_ELEMENT) {
        this.index--;
        this.read(at);
        return true;
      }
    }
    if (!this.path.previousLeaf()) return false;
    this.index--;
    this.openLeaf();
    if (!this.isPlain) this.read(listpack.last(this.leafBytes, this.leafBase));
    return true;
  }

  /**
   * Moves from the first element of a leaf (as `seek(root, 0)` leads to) to the first one of the next leaf; false when
   * there is none. For copying whole listpacks.
   */
  nextLeaf(): boolean {
    if (!this.path.nextLeaf()) return false;
    this.index += this.leafCount;
    this.openLeaf();
    if (!this.isPlain) this.read(listpack.LISTPACK_HEADER_BYTES);
    return true;
  }

  /**
   * Moves to the first element that is equal to `value`, from this one on and before `end`; false when there is none,
   * and then the cursor is of no use until the next {@link seek}.
   */
  find(value: ListpackValue, end: number): boolean {
    while (this.index < end) {
      if (this.isPlain ? this.equals(value) : this.findInLeaf(value)) return this.index < end;
      if (!this.path.nextLeaf()) return false;
      if (this.isPlain) this.index++;
      this.openLeaf();
      this.at = listpack.LISTPACK_HEADER_BYTES;
    }
    return false;
  }

  /** Moves to the last element that is equal to `value`, from this one back and not before `start`; else false. */
  findBefore(value: ListpackValue, start: number): boolean {
    for (let found = true; found && this.index >= start; found = this.previous()) if (this.equals(value)) return true;
    return false;
  }

  /** The length of the element as a string. */
  byteLength(): number {
    return this.isPlain ? this.plainLength : this.element.byteLength();
  }

  /** True when the element is that value. */
  equals(value: ListpackValue): boolean {
    if (!this.isPlain) return this.element.equals(value);
    return this.strings.equals(this.plain, this.plainLength, this.text.point(value.bytes, value.start, value.end));
  }

  /** As {@link find}, within the leaf, at whose end the index is that of the next leaf's first element. */
  private findInLeaf(value: ListpackValue): boolean {
    const { leafBytes: bytes, leafBase: base } = this;
    let offset = base + this.at;
    let index = this.index;
    while (bytes[offset] !== LISTPACK_END) {
      const encoded = encodedBytesAt(bytes, offset);
      if (value.equalsEntry(bytes, offset, encoded)) {
        this.index = index;
        this.read(offset - base);
        return true;
      }
      offset += encoded + backLengthBytes(encoded);
      index++;
    }
    this.index = index;
    return false;
  }

  private read(at: number): void {
    this.at = at;
    this.element.read(this.leafBytes, this.leafBase, at);
  }

  private openLeaf(): void {
    const leaf = this.path.leaf;
    const word = this.path.leafWord;
    this.isPlain = word >= PLAIN;
    if (this.isPlain) {
      this.plain = leaf;
      this.plainLength = word - PLAIN;
      this.leafCount = 1;
      return;
    }
    const bytes = this.view.bytesOf(leaf);
    if (this.leafBytes !== bytes) this.leafBytes = bytes;
    this.leafBase = leafBase(this.view, leaf);
    this.leafCount = word;
  }
}
