/**
 * A place in a sorted set's tree, from which it is read in either direction. Made once and used for one tree after
 * another; it holds until the tree changes. It works on any view, so on a snapshot's too.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import { leafCount, leafEntries, leafScores } from './score-tree-leaf.ts';
import { SCORE_SLOT_WORDS } from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

export class ScoreCursor {
  /** How many entries are before this one. */
  rank = 0;
  entry: Pointer = NULL;
  score = 0;

  private readonly view: HeapView;
  private readonly path: TreePath;
  private index = 0;
  private count = 0;

  constructor(view: HeapView) {
    this.view = view;
    this.path = new TreePath(view, SCORE_SLOT_WORDS);
  }

  /** Moves to the entry of `rank`, 0 or more; false when there is none. */
  seek(root: Pointer, rank: number): boolean {
    if (rank >= this.path.count(root)) return false;
    this.index = this.path.seek(root, rank);
    this.count = leafCount(this.view, this.path.leaf);
    this.rank = rank;
    this.read();
    return true;
  }

  /** Moves to the next entry; false when there is none, and then the cursor stays. */
  next(): boolean {
    if (this.index + 1 < this.count) {
      this.index++;
    } else {
      if (!this.path.nextLeaf()) return false;
      this.index = 0;
      this.count = leafCount(this.view, this.path.leaf);
    }
    this.rank++;
    this.read();
    return true;
  }

  /** Moves to the entry before; false when there is none, and then the cursor stays. */
  previous(): boolean {
    if (this.index > 0) {
      this.index--;
    } else {
      if (!this.path.previousLeaf()) return false;
      this.count = leafCount(this.view, this.path.leaf);
      this.index = this.count - 1;
    }
    this.rank--;
    this.read();
    return true;
  }

  private read(): void {
    const leaf = this.path.leaf;
    this.entry = this.view.wordsOf(leaf)[leafEntries(this.view, leaf) + this.index] as Pointer;
    this.score = this.view.floatsOf(leaf)[leafScores(this.view, leaf) + this.index];
  }
}
