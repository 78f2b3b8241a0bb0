/**
 * Reads lists as a whole: counts and blocks. Elements are read with a {@link ListCursor}.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { ByteStringReader } from './byte-string.ts';
import {
  LIST_SLOT_WORDS,
  NODE_CHILDREN,
  NODE_SLOTS,
  PLAIN,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SLOT_CHILD,
  SLOT_COUNT,
  slotCount,
} from './tree-layout.ts';

export class ListTreeReader {
  protected readonly view: HeapView;
  private readonly reader: ByteStringReader;

  constructor(view: HeapView, reader: ByteStringReader) {
    this.view = view;
    this.reader = reader;
  }

  /** The number of elements. */
  count(root: Pointer): number {
    return slotCount(this.view.word(root, ROOT_COUNT), this.view.word(root, ROOT_HEIGHT) + 1);
  }

  /** The number of leaves: of listpacks and of long elements. */
  leafCount(root: Pointer): number {
    const height = this.view.word(root, ROOT_HEIGHT);
    const top = this.view.pointer(root, ROOT_SLOT);
    if (height === 0) return top === NULL ? 0 : 1;
    return this.leavesBelow(top, height);
  }

  /** Calls `visit` with every block of the list. */
  walk(root: Pointer, visit: (block: Pointer) => void): void {
    const height = this.view.word(root, ROOT_HEIGHT);
    const top = this.view.pointer(root, ROOT_SLOT);
    if (top !== NULL) this.walkNode(top, this.view.word(root, ROOT_COUNT), height, visit);
    visit(root);
  }

  private leavesBelow(node: Pointer, level: number): number {
    const children = this.view.word(node, NODE_CHILDREN);
    if (level === 1) return children;
    let leaves = 0;
    for (let i = 0; i < children; i++) {
      leaves += this.leavesBelow(this.view.pointer(node, NODE_SLOTS + i * LIST_SLOT_WORDS + SLOT_CHILD), level - 1);
    }
    return leaves;
  }

  private walkNode(node: Pointer, word: number, level: number, visit: (block: Pointer) => void): void {
    if (level === 0) {
      if (word >= PLAIN) this.reader.walk(node, word - PLAIN, visit);
      else visit(node);
      return;
    }
    const children = this.view.word(node, NODE_CHILDREN);
    for (let i = 0; i < children; i++) {
      const slot = NODE_SLOTS + i * LIST_SLOT_WORDS;
      const child = this.view.pointer(node, slot + SLOT_CHILD);
      this.walkNode(child, this.view.word(node, slot + SLOT_COUNT), level - 1, visit);
    }
    visit(node);
  }
}
