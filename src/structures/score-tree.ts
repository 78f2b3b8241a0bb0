/**
 * The tree of a sorted set: its entries in the order of score and member. Makes and changes it; see score-tree-reader.ts
 * for reading.
 *
 * The entries are those of the sorted set's hash table (entry.ts), with the score as a float at words 2 and 3 and the
 * member as key. A tree holds copies of the scores, so an entry whose score changes is replaced even where the block
 * stays the same. Entries belong to the owner, who makes and frees them.
 *
 * A tree is known by the pointer to its root block, and its owner stores it: every method that changes a tree takes the
 * root and answers the root to store in its place.
 */
import { invariant } from '../lib/invariant.ts';
import type { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import { type EntryReader, hasLongKey } from './entry.ts';
import type { PopAhead } from './pop-ahead.ts';
import {
  appendRange,
  createLeaf,
  DEFAULT_LEAF_ENTRIES,
  insertEntry,
  leafCount,
  leafEntries,
  leafRoom,
  leafScores,
  removeEntries,
  setEntry,
} from './score-tree-leaf.ts';
import { ScoreTreeReader } from './score-tree-reader.ts';
import { TreeEditor } from './tree-editor.ts';
import { NODE_SLOTS, SCORE_SLOT_WORDS, SLOT_CHILD, SLOT_COUNT, SLOT_ENTRY, SLOT_SCORE } from './tree-layout.ts';

/** Fills a node block of 1 KiB. */
const DEFAULT_FANOUT = 42;
const FIRST_LEAF_ENTRIES = 8;

/** The word of an entry at which its score is. */
export const ENTRY_SCORE = 2;

export interface ScoreTreeOptions {
  /** Children of a node, at the most; 4 or more. */
  readonly fanout?: number;
  /** Entries of a leaf, at the most; 4 or more. */
  readonly leafEntries?: number;
}

export class ScoreTree extends ScoreTreeReader {
  /** The entry that the last {@link remove} has taken out, or null. */
  removed: Pointer = NULL;
  /** Where {@link relocateLeaf} is to go on. */
  nextRank = 0;
  private readonly heap: Heap;
  private readonly editor: TreeEditor;
  private readonly leafEntries: number;
  /** A separator, laid out as in a slot. */
  private readonly separator = new Uint32Array(SCORE_SLOT_WORDS);
  private readonly separatorScore = new Float64Array(this.separator.buffer, SLOT_SCORE * 4, 1);
  private readonly slotScore: Float64Array;

  constructor(heap: Heap, entries: EntryReader, options: ScoreTreeOptions = {}) {
    const editor = new TreeEditor(heap, SCORE_SLOT_WORDS, options.fanout ?? DEFAULT_FANOUT);
    super(heap, entries, editor);
    this.heap = heap;
    this.editor = editor;
    this.leafEntries = options.leafEntries ?? DEFAULT_LEAF_ENTRIES;
    this.slotScore = new Float64Array(editor.slot.buffer, SLOT_SCORE * 4, 1);
  }

  /** An empty tree. */
  create(): Pointer {
    return this.editor.create();
  }

  /** Adds an entry whose member is not in the tree. */
  insert(root: Pointer, entry: Pointer): Pointer {
    this.entries.key(entry, this.member);
    const score = this.heap.float(entry, ENTRY_SCORE);
    const index = this.locate(root, score);
    const editor = this.editor;
    editor.open();
    if (editor.leaf === NULL) this.plantLeaf(score, entry);
    else if (this.makeRoom()) this.insertInLeaf(index, score, entry);
    else this.splitLeaf(index, score, entry);
    return editor.root;
  }

  /** Takes the entry with this score and member out of the tree: {@link removed}, null if there was none. */
  remove(root: Pointer, score: number, member: Slice): Pointer {
    this.member.point(member.bytes, member.start, member.end);
    const index = this.locate(root, score);
    if (!this.isFound(index)) {
      this.removed = NULL;
      return root;
    }
    this.removed = this.entryAt(index);
    this.removeInLeaf(index, 1);
    return this.editor.root;
  }

  /**
   * Puts `entry`, with the same member, in the place of `old`, whose score was `oldScore`. The score of `entry` may be
   * another one, and `entry` may be `old` itself with a new score. `old` is not read, so it may be freed already.
   */
  replaceEntry(root: Pointer, oldScore: number, old: Pointer, entry: Pointer): Pointer {
    const editor = this.editor;
    const index = this.locateEntry(root, oldScore, old, entry);
    const score = this.heap.float(entry, ENTRY_SCORE);
    if (score === oldScore || this.keepsPlace(index, score)) {
      editor.open();
      setEntry(this.heap, editor.openLeaf(), index, score, entry);
      if (index === 0) this.separate(score, entry);
      return editor.root;
    }
    this.removeInLeaf(index, 1);
    return this.insert(editor.root, entry);
  }

  /** Leads the path to `old`, whose member is that of `entry`, and answers the index in the leaf. */
  private locateEntry(root: Pointer, oldScore: number, old: Pointer, entry: Pointer): number {
    // A long member would have to be copied, to be compared; where no other has the score, that leads to the entry.
    if (hasLongKey(this.heap.word(entry, 0))) {
      const first = this.locateScore(root, oldScore);
      if (this.isAt(first, old)) return first;
    }
    this.entries.key(entry, this.member);
    this.known = old;
    const index = this.locate(root, oldScore);
    this.known = NULL;
    invariant(this.isAt(index, old), 'a sorted set lacks an entry');
    return index;
  }

  private isAt(index: number, entry: Pointer): boolean {
    const { leaf } = this.editor;
    return leaf !== NULL && index < leafCount(this.heap, leaf) && this.entryAt(index) === entry;
  }

  /**
   * Takes the entry of `rank`, which exists, out of the tree. Before that, as many as are wanted of the entries beside
   * it in its leaf, on the side where most of them are, come to `ahead`.
   */
  removeAt(root: Pointer, rank: number, ahead: PopAhead, tableRoot: Pointer): Pointer {
    const { editor } = this;
    const index = editor.seek(root, rank);
    const { wanted } = ahead;
    if (wanted > 0) ahead.come(this.copyBeside(index, ahead.entries, wanted), tableRoot);
    this.removeInLeaf(index, 1);
    return editor.root;
  }

  private copyBeside(index: number, target: Uint32Array, most: number): number {
    const behind = leafCount(this.heap, this.editor.leaf) - 1 - index;
    const step = behind > index ? 1 : -1;
    const count = Math.min(most, Math.max(behind, index));
    for (let i = 0; i < count; i++) target[i] = this.entryAt(index + (i + 1) * step);
    return count;
  }

  /**
   * Takes `count` entries from `rank` on, all of which must exist, out of the tree. `visit` is called with each of them
   * in order and may free it, but must not use this tree.
   */
  removeRange(root: Pointer, rank: number, count: number, visit: (entry: Pointer) => void): Pointer {
    const editor = this.editor;
    editor.begin(root);
    for (let left = count; left > 0; ) {
      const index = editor.seek(editor.root, rank);
      const removed = Math.min(left, leafCount(this.heap, editor.leaf) - index);
      left -= removed;
      for (let i = index; i < index + removed; i++) visit(this.entryAt(i));
      this.removeInLeaf(index, removed);
    }
    return editor.root;
  }

  /**
   * Moves the leaf with the entry at `rank`, and the nodes above it, where they lie in slabs being evacuated. Answers
   * the root; {@link nextRank} is that of the next leaf's first entry.
   */
  relocateLeaf(root: Pointer, rank: number): Pointer {
    const { editor, heap } = this;
    const index = editor.seek(root, rank);
    const { leaf } = editor;
    this.nextRank = leaf === NULL ? rank + 1 : rank - index + leafCount(heap, leaf);
    editor.relocate(leaf !== NULL);
    return editor.root;
  }

  private plantLeaf(score: number, entry: Pointer): void {
    const leaf = createLeaf(this.heap, Math.min(FIRST_LEAF_ENTRIES, this.leafEntries), this.leafEntries);
    insertEntry(this.heap, leaf, 0, score, entry);
    this.editor.stage(leaf, 1);
    this.editor.plant();
  }

  /** Makes the path's leaf writable with room for one more entry; false when it is full. */
  private makeRoom(): boolean {
    const heap = this.heap;
    const leaf = this.editor.leaf;
    const count = leafCount(heap, leaf);
    if (count < leafRoom(heap, leaf)) this.editor.openLeaf();
    else if (count < this.leafEntries) this.relocate(this.grown(count + 1));
    else return false;
    return true;
  }

  /** The room for `count` entries and a few more to come. */
  private grown(count: number): number {
    return Math.max(count, Math.min(this.leafEntries, count + (count >>> 3) + 2));
  }

  /** Moves the path's leaf to a block with this room. */
  private relocate(room: number): void {
    const heap = this.heap;
    const leaf = this.editor.leaf;
    const fresh = createLeaf(heap, room, this.leafEntries);
    appendRange(heap, leaf, 0, leafCount(heap, leaf), fresh);
    heap.free(leaf);
    this.editor.setLeaf(fresh);
  }

  private insertInLeaf(index: number, score: number, entry: Pointer): void {
    const editor = this.editor;
    insertEntry(this.heap, editor.leaf, index, score, entry);
    editor.addCount(1, 1);
    // Only in the first leaf of all, which nothing separates, can something be before the first entry.
  }

  /** Splits the path's full leaf in two and inserts an entry as number `index` of what it was. */
  private splitLeaf(index: number, score: number, entry: Pointer): void {
    const { heap, editor } = this;
    const old = editor.leaf;
    const count = leafCount(heap, old);
    let middle = count >>> 1;
    // What grows at its end only, or its beginning, leaves full leaves behind.
    if (index === count && editor.isLast(0)) middle = count;
    else if (index === 0 && editor.isFirst(0)) middle = 0;
    const toLeft = index <= middle && index !== count;
    const left = middle === count ? old : this.createHalf(old, 0, middle);
    const right = this.createHalf(old, middle, count);
    if (left !== old) {
      heap.free(old);
      editor.setLeaf(left);
    }
    if (toLeft) insertEntry(heap, left, index, score, entry);
    else insertEntry(heap, right, index - middle, score, entry);
    editor.setLeafWord(leafCount(heap, left));
    editor.addCount(2, 1);
    editor.stage(right, leafCount(heap, right));
    editor.slot[SLOT_ENTRY] = heap.wordsOf(right)[leafEntries(heap, right)];
    this.slotScore[0] = heap.floatsOf(right)[leafScores(heap, right)];
    editor.insertSlot(1, editor.indexes[1] + 1);
  }

  /** A new leaf with the entries `[from, to)` of another one. */
  private createHalf(leaf: Pointer, from: number, to: number): Pointer {
    // One without entries is at an edge that grows.
    const room = to === from ? (this.leafEntries >>> 1) + 1 : this.grown(to - from);
    const half = createLeaf(this.heap, room, this.leafEntries);
    appendRange(this.heap, leaf, from, to, half);
    return half;
  }

  /** Removes entries of the path's leaf. */
  private removeInLeaf(index: number, removed: number): void {
    const { heap, editor } = this;
    const left = leafCount(heap, editor.leaf) - removed;
    editor.open();
    if (left === 0) {
      heap.free(editor.leaf);
      editor.addCount(2, -removed);
      editor.removeSlot(1);
      return;
    }
    const leaf = editor.openLeaf();
    removeEntries(heap, leaf, index, removed);
    editor.addCount(1, -removed);
    if (index === 0) this.separate(this.scoreAt(0), this.entryAt(0));
    if (left <= this.leafEntries >>> 2 && this.mergeLeaf(left)) return;
    if (leafRoom(heap, leaf) > left + (left >>> 1) + FIRST_LEAF_ENTRIES) this.relocate(this.grown(left));
  }

  /** Makes an entry the separator before the path's leaf, of which it is the first one. */
  private separate(score: number, entry: Pointer): void {
    this.separator[SLOT_ENTRY] = entry;
    this.separatorScore[0] = score;
    this.editor.setSeparator(1, this.separator, 0);
  }

  /** True when an entry of {@link member} and this score can stay where number `index` of the path's leaf is. */
  private keepsPlace(index: number, score: number): boolean {
    const last = leafCount(this.heap, this.editor.leaf) - 1;
    if (index > 0) {
      const before = this.scoreAt(index - 1);
      if (before > score || (before === score && this.compareMember(this.entryAt(index - 1)) > 0)) return false;
    } else if (!this.editor.isFirst(0)) {
      return false;
    }
    if (index < last) {
      const behind = this.scoreAt(index + 1);
      return behind > score || (behind === score && this.compareMember(this.entryAt(index + 1)) > 0);
    }
    return this.editor.isLast(0);
  }

  /** Merges the path's leaf of `count` entries with a neighbour under the same node if both are small together. */
  private mergeLeaf(count: number): boolean {
    const editor = this.editor;
    if (editor.height === 0) return false;
    const index = editor.indexes[1];
    if (index + 1 < editor.children(1) && this.canMerge(index + 1, count)) this.absorb(index);
    else if (index > 0 && this.canMerge(index - 1, count)) this.absorb(index - 1);
    else return false;
    return true;
  }

  private canMerge(neighbour: number, count: number): boolean {
    const slot = NODE_SLOTS + neighbour * SCORE_SLOT_WORDS;
    const others = this.heap.word(this.editor.nodes[1] as Pointer, slot + SLOT_COUNT);
    return count + others <= this.leafEntries - (this.leafEntries >>> 2);
  }

  /** Moves the entries of the leaf behind child `index` of the path's lowest node into that child. */
  private absorb(index: number): void {
    const { heap, editor } = this;
    const node = editor.nodes[1] as Pointer;
    const right = heap.pointer(node, NODE_SLOTS + (index + 1) * SCORE_SLOT_WORDS + SLOT_CHILD);
    editor.indexes[1] = index;
    editor.nodes[0] = editor.childAt(1);
    const total = leafCount(heap, editor.leaf) + leafCount(heap, right);
    if (leafRoom(heap, editor.leaf) < total) this.relocate(this.grown(total));
    else editor.openLeaf();
    appendRange(heap, right, 0, leafCount(heap, right), editor.leaf);
    editor.setLeafWord(total);
    heap.free(right);
    editor.indexes[1] = index + 1;
    editor.removeSlot(1);
  }
}
