/**
 * Frees an abandoned counted tree step by step.
 *
 * The tree is no longer reached by anything live, so it is only read on the way, from its first leaf to its last, and
 * its nodes are freed as they are left. The entries of a sorted set are freed with its table.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { ByteStrings } from './byte-string.ts';
import { LIST_SLOT_WORDS, PLAIN, SCORE_SLOT_WORDS, SLOT_CHILD, SLOT_COUNT } from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

export class TreeDrain {
  private readonly heap: Heap;
  private readonly strings: ByteStrings | null;
  private readonly path: TreePath;
  private done = false;

  private constructor(heap: Heap, strings: ByteStrings | null, slotWords: number, root: Pointer) {
    this.heap = heap;
    this.strings = strings;
    this.path = new TreePath(heap, slotWords);
    this.path.seekFirst(root);
  }

  /** Frees a list, with its long elements. */
  static ofList(heap: Heap, strings: ByteStrings, root: Pointer): TreeDrain {
    return new TreeDrain(heap, strings, LIST_SLOT_WORDS, root);
  }

  /** Frees the tree of a sorted set, without its entries. */
  static ofScores(heap: Heap, root: Pointer): TreeDrain {
    return new TreeDrain(heap, null, SCORE_SLOT_WORDS, root);
  }

  /**
   * Frees a node and its leaves, some hundred blocks at the most, besides those of long elements; false when nothing
   * is left.
   */
  step(): boolean {
    if (this.done) return false;
    const { path, heap } = this;
    if (path.height === 0) this.freeLeaf();
    else this.freeLeavesOfNode();
    let level = 2;
    for (; level <= path.height; level++) {
      if (++path.indexes[level] < path.children(level)) break;
      heap.free(path.nodes[level] as Pointer);
    }
    if (level > path.height) {
      heap.free(path.root);
      this.done = true;
      return false;
    }
    for (; level > 1; level--) {
      path.nodes[level - 1] = path.childAt(level);
      path.indexes[level - 1] = 0;
    }
    return true;
  }

  private freeLeavesOfNode(): void {
    const path = this.path;
    const children = path.children(1);
    for (let index = 0; index < children; index++) {
      path.indexes[1] = index;
      this.freeLeaf();
    }
    this.heap.free(path.nodes[1] as Pointer);
  }

  private freeLeaf(): void {
    const words = this.path.wordsAt(1);
    const slot = this.path.slotAt(1);
    const leaf = words[slot + SLOT_CHILD] as Pointer;
    const word = words[slot + SLOT_COUNT];
    if (this.strings !== null && word >= PLAIN) this.strings.free(leaf, word - PLAIN);
    else if (leaf !== NULL) this.heap.free(leaf);
  }
}
