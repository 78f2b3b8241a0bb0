/**
 * Members with scores, found by member in a hash table and by score and rank in a tree: the large form of sorted sets.
 *
 * ```text
 * root     | header | table's root | tree's root |
 * entry    words 0, 1 as of every entry, with the bit of shared blocks
 *          words 2, 3 the score, a float
 *          the member
 * ```
 *
 * An entry is one block that both indexes point at, so an entry that moves is replaced in both.
 *
 * The methods whose names end in `Found` go on from the last {@link ScoredMembers.find}. Every method that changes
 * something answers the root to store in place of the one given.
 */
import type { Slice } from '../lib/slice.ts';
import { type Heap, SHARED_BIT } from '../memory/heap.ts';
import { HEADER_BYTES, type Pointer } from '../memory/layout.ts';
import type { Entries } from './entry.ts';
import type { KeyHasher } from './hash.ts';
import { HashTable } from './hash-table.ts';
import { PopAhead } from './pop-ahead.ts';
import { ENTRY_SCORE, ScoreTree } from './score-tree.ts';
import type { StringWindow } from './string-window.ts';

/** Words of the root. */
export const TABLE_ROOT = 2;
export const TREE_ROOT = 3;
const ROOT_BYTES = HEADER_BYTES + 8;
const SCORE_WORDS = 2;

export class ScoredMembers {
  readonly table: HashTable;
  readonly tree: ScoreTree;
  private readonly heap: Heap;
  private readonly entries: Entries;
  private readonly ahead: PopAhead;
  private hash = 0;

  constructor(heap: Heap, entries: Entries, hasher: KeyHasher) {
    this.heap = heap;
    this.entries = entries;
    this.table = new HashTable(heap, entries, hasher, null);
    this.tree = new ScoreTree(heap, entries);
    this.ahead = new PopAhead(heap, entries, this.table);
  }

  /** No members. */
  create(): Pointer {
    const root = this.heap.allocate(ROOT_BYTES);
    this.setRoots(root, this.table.create(), this.tree.create());
    return root;
  }

  count(root: Pointer): number {
    return this.table.count(this.tableRoot(root));
  }

  tableRoot(root: Pointer): Pointer {
    return this.heap.pointer(root, TABLE_ROOT);
  }

  treeRoot(root: Pointer): Pointer {
    return this.heap.pointer(root, TREE_ROOT);
  }

  /** The entry of a member, or null. */
  find(root: Pointer, member: Slice): Pointer {
    this.hash = this.table.hashOf(member);
    return this.table.find(this.tableRoot(root), member, this.hash);
  }

  score(entry: Pointer): number {
    return this.heap.float(entry, ENTRY_SCORE);
  }

  /** Points `slice` at the entry's member. */
  member(entry: Pointer, slice: Slice): Slice {
    return this.entries.key(entry, slice);
  }

  /** Adds a member that the last {@link find} did not find. */
  insert(root: Pointer, member: Slice, score: number): Pointer {
    const entry = this.entries.create(member, SCORE_WORDS, 0, SHARED_BIT);
    this.ahead.replaced(entry);
    this.setScore(entry, score);
    return this.withRoots(
      root,
      this.table.insert(this.tableRoot(root), entry, this.hash),
      this.tree.insert(this.treeRoot(root), entry),
    );
  }

  /** Gives the member just found another score. */
  setScoreFound(root: Pointer, entry: Pointer, score: number): Pointer {
    const oldScore = this.score(entry);
    const writable = this.heap.writable(entry);
    let tableRoot = this.tableRoot(root);
    if (writable !== entry) {
      this.ahead.replaced(writable);
      tableRoot = this.table.replaceFound(tableRoot, writable, this.hash);
    }
    this.setScore(writable, score);
    return this.withRoots(root, tableRoot, this.tree.replaceEntry(this.treeRoot(root), oldScore, entry, writable));
  }

  /** Takes out the member just found; `member` is not read after it is freed, and may lie in the entry. */
  removeFound(root: Pointer, entry: Pointer, member: Slice): Pointer {
    const tableRoot = this.table.removeFound(this.tableRoot(root), this.hash);
    const treeRoot = this.tree.remove(this.treeRoot(root), this.score(entry), member);
    this.entries.free(entry);
    return this.withRoots(root, tableRoot, treeRoot);
  }

  /** Takes out the member of `rank`, whose entry this is; `member` is not read after it is freed. */
  removeAt(root: Pointer, rank: number, entry: Pointer, member: Slice): Pointer {
    const hash = this.ahead.take(entry) ? this.ahead.hash : this.table.hashOf(member);
    let tableRoot = this.tableRoot(root);
    this.table.find(tableRoot, member, hash);
    tableRoot = this.table.removeFound(tableRoot, hash);
    const treeRoot = this.tree.removeAt(this.treeRoot(root), rank, this.ahead, tableRoot);
    this.entries.free(entry);
    return this.withRoots(root, tableRoot, treeRoot);
  }

  /** Takes out `count` members from `rank` on, all of which exist; `slice` is used on the way. */
  removeRange(root: Pointer, rank: number, count: number, slice: Slice): Pointer {
    let tableRoot = this.tableRoot(root);
    const treeRoot = this.tree.removeRange(this.treeRoot(root), rank, count, (entry) => {
      const member = this.member(entry, slice);
      const hash = this.table.hashOf(member);
      this.table.find(tableRoot, member, hash);
      tableRoot = this.table.removeFound(tableRoot, hash);
      this.entries.free(entry);
    });
    return this.withRoots(root, tableRoot, treeRoot);
  }

  /**
   * Moves what lies in slabs being evacuated, bucket by bucket of the table (see {@link HashTable.relocate}). An entry
   * that moves is replaced in the tree too. Of long members it moves what `window` takes.
   */
  relocateBucket(root: Pointer, cursor: number, window: StringWindow): Pointer {
    let treeRoot = this.treeRoot(root);
    const tableRoot = this.table.relocate(this.tableRoot(root), cursor, (entry) => {
      const moved = this.entries.relocate(entry, window);
      if (moved === entry) return entry;
      this.ahead.replaced(moved);
      treeRoot = this.tree.replaceEntry(treeRoot, this.score(moved), entry, moved);
      return moved;
    });
    return this.heap.moved(this.withRoots(root, tableRoot, treeRoot));
  }

  /** The same, leaf by leaf of the tree: see {@link ScoreTree.relocateLeaf}. */
  relocateLeaf(root: Pointer, rank: number): Pointer {
    return this.withRoots(root, this.tableRoot(root), this.tree.relocateLeaf(this.treeRoot(root), rank));
  }

  /** Calls `visit` with every block, with those of entries twice. */
  walk(root: Pointer, visit: (block: Pointer) => void): void {
    this.tree.walk(this.treeRoot(root), visit);
    const tableRoot = this.tableRoot(root);
    this.table.walk(tableRoot, visit);
    this.table.forEach(tableRoot, (entry) => this.entries.walk(entry, visit));
    visit(root);
  }

  private setScore(entry: Pointer, score: number): void {
    this.heap.floatsOf(entry)[this.heap.floatOffset(entry) + (ENTRY_SCORE >>> 1)] = score;
  }

  private withRoots(root: Pointer, tableRoot: Pointer, treeRoot: Pointer): Pointer {
    if (tableRoot === this.tableRoot(root) && treeRoot === this.treeRoot(root)) return root;
    const writable = this.heap.writable(root);
    this.setRoots(writable, tableRoot, treeRoot);
    return writable;
  }

  private setRoots(root: Pointer, tableRoot: Pointer, treeRoot: Pointer): void {
    const words = this.heap.wordsOf(root);
    const at = this.heap.wordOffset(root);
    words[at + TABLE_ROOT] = tableRoot;
    words[at + TREE_ROOT] = treeRoot;
  }
}
