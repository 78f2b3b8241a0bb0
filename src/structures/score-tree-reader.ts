/**
 * Reads the tree of a sorted set: ranks, and where scores and members begin. See tree-layout.ts and score-tree-leaf.ts
 * for the layout; entries are read in order with a {@link ScoreCursor}.
 *
 * Entries are ordered by score, then by the bytes of their members as `memcmp` does. 0 and -0 are the same score.
 */
import { Slice } from '../lib/slice.ts';
import type { HeapView } from '../memory/heap-view.ts';
import { NULL, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { type EntryReader, hasLongKey, inlineKeyBytes, keyOffset } from './entry.ts';
import { leafCount, leafEntries, leafScores } from './score-tree-leaf.ts';
import {
  NODE_CHILDREN,
  NODE_SLOTS,
  ROOT_COUNT,
  ROOT_HEIGHT,
  ROOT_SLOT,
  SCORE_SLOT_WORDS,
  SLOT_CHILD,
  SLOT_ENTRY,
  SLOT_SCORE,
} from './tree-layout.ts';
import { TreePath } from './tree-path.ts';

/** What a search goes by. */
type Order = 0 | 1 | 2;
const BY_SCORE_AND_MEMBER: Order = 0;
const BY_SCORE: Order = 1;
const BY_MEMBER: Order = 2;

const NO_BYTES = new Uint8Array(0);

export class ScoreTreeReader {
  protected readonly view: HeapView;
  protected readonly entries: EntryReader;
  protected readonly path: TreePath;
  /** What is searched for. */
  protected score = 0;
  protected readonly member = new Slice(NO_BYTES, 0, 0);
  /** An entry that is known to have the member and need not be readable any more. */
  protected known: Pointer = NULL;
  private order: Order = BY_SCORE;
  private readonly other = new Slice(NO_BYTES, 0, 0);

  constructor(view: HeapView, entries: EntryReader, path: TreePath = new TreePath(view, SCORE_SLOT_WORDS)) {
    this.view = view;
    this.entries = entries;
    this.path = path;
  }

  /** The number of entries. */
  count(root: Pointer): number {
    return this.view.word(root, ROOT_COUNT);
  }

  /** How many entries are before the one with this score and member; -1 when there is none. */
  rank(root: Pointer, score: number, member: Slice): number {
    this.member.point(member.bytes, member.start, member.end);
    const index = this.locate(root, score);
    return this.isFound(index) ? this.path.position() + index : -1;
  }

  /** The rank of the first entry with at least this score, or, with `above`, with a higher one; the count if none has. */
  rankOfScore(root: Pointer, score: number, above: boolean): number {
    this.order = BY_SCORE;
    this.score = score;
    const index = this.descend(root, above, above);
    return this.path.position() + index;
  }

  /**
   * The rank of the first entry whose member is not before `member`, or, with `above`, is behind it; the count if none
   * is. Only where all scores are equal are entries in the order of their members.
   */
  rankOfMember(root: Pointer, member: Slice, above: boolean): number {
    this.order = BY_MEMBER;
    this.member.point(member.bytes, member.start, member.end);
    const index = this.descend(root, above, above);
    return this.path.position() + index;
  }

  /** The entry of a rank, which must be below the count. */
  at(root: Pointer, rank: number): Pointer {
    return this.entryAt(this.path.seek(root, rank));
  }

  /** Calls `visit` with every block of the tree and with every entry's, but not with those of its long member. */
  walk(root: Pointer, visit: (block: Pointer) => void): void {
    const top = this.view.pointer(root, ROOT_SLOT);
    if (top !== NULL) this.walkNode(top, this.view.word(root, ROOT_HEIGHT), visit);
    visit(root);
  }

  /** Leads the path to where {@link member} with this score is or belongs, and answers the index in the leaf. */
  protected locate(root: Pointer, score: number): number {
    this.order = BY_SCORE_AND_MEMBER;
    this.score = score;
    return this.descend(root, true, false);
  }

  /** Leads the path to an entry with this score that is the first in its leaf, and answers the index in the leaf. */
  protected locateScore(root: Pointer, score: number): number {
    this.order = BY_SCORE;
    this.score = score;
    return this.descend(root, true, false);
  }

  /** True when the index that {@link locate} has answered is that of an entry with what was searched for. */
  protected isFound(index: number): boolean {
    const leaf = this.path.leaf;
    if (leaf === NULL || index === leafCount(this.view, leaf)) return false;
    const score = this.view.floatsOf(leaf)[leafScores(this.view, leaf) + index];
    return score === this.score && this.compareMember(this.entryAt(index)) === 0;
  }

  /** Entry number `index` of the path's leaf. */
  protected entryAt(index: number): Pointer {
    const leaf = this.path.leaf;
    return this.view.wordsOf(leaf)[leafEntries(this.view, leaf) + index] as Pointer;
  }

  /** Score number `index` of the path's leaf. */
  protected scoreAt(index: number): number {
    const leaf = this.path.leaf;
    return this.view.floatsOf(leaf)[leafScores(this.view, leaf) + index];
  }

  /** Orders an entry's member against {@link member}. */
  protected compareMember(entry: Pointer): number {
    if (entry === this.known) return 0;
    const segment = entry >>> SEGMENT_SHIFT;
    const word0 = this.view.u32[segment][(entry & UNIT_MASK) << 2];
    const member = this.member;
    if (hasLongKey(word0)) return this.entries.key(entry, this.other).compare(member);
    const bytes = this.view.u8[segment];
    const at = ((entry & UNIT_MASK) << 4) + keyOffset(word0);
    const ownLength = inlineKeyBytes(word0);
    const others = member.bytes;
    const start = member.start;
    const length = member.end - start;
    const common = Math.min(ownLength, length);
    for (let i = 0; i < common; i++) {
      const difference = bytes[at + i] - others[start + i];
      if (difference !== 0) return difference;
    }
    return ownLength - length;
  }

  /**
   * Leads the path to the first entry that is not before what is searched for, and answers its index in the leaf, which
   * may be behind the leaf's last one. `equalNode` says whether children that begin with what is searched for count
   * as before it, `equalEntry` whether entries do.
   */
  private descend(root: Pointer, equalNode: boolean, equalEntry: boolean): number {
    const path = this.path;
    path.begin(root);
    let node = this.view.pointer(root, ROOT_SLOT);
    for (let level = path.height; level > 0; level--) {
      const segment = node >>> SEGMENT_SHIFT;
      const words = this.view.u32[segment];
      const floats = this.view.f64[segment];
      const at = (node & UNIT_MASK) << 2;
      const slots = at + NODE_SLOTS;
      let low = 1;
      let high = words[at + NODE_CHILDREN];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const slot = slots + middle * SCORE_SLOT_WORDS;
        const order = this.compare(floats[(slot + SLOT_SCORE) >>> 1], words[slot + SLOT_ENTRY] as Pointer);
        if (order < 0 || (order === 0 && equalNode)) low = middle + 1;
        else high = middle;
      }
      path.nodes[level] = node;
      path.indexes[level] = low - 1;
      node = words[slots + (low - 1) * SCORE_SLOT_WORDS + SLOT_CHILD] as Pointer;
    }
    path.nodes[0] = node;
    return node === NULL ? 0 : this.searchLeaf(node, equalEntry);
  }

  private searchLeaf(leaf: Pointer, equalEntry: boolean): number {
    const floats = this.view.floatsOf(leaf);
    const words = this.view.wordsOf(leaf);
    const scores = leafScores(this.view, leaf);
    const entries = leafEntries(this.view, leaf);
    let low = 0;
    let high = leafCount(this.view, leaf);
    while (low < high) {
      const middle = (low + high) >>> 1;
      const order = this.compare(floats[scores + middle], words[entries + middle] as Pointer);
      if (order < 0 || (order === 0 && equalEntry)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Orders an entry against what is searched for. */
  private compare(score: number, entry: Pointer): number {
    if (this.order !== BY_MEMBER) {
      if (score < this.score) return -1;
      if (score > this.score) return 1;
      if (this.order === BY_SCORE) return 0;
    }
    return this.compareMember(entry);
  }

  private walkNode(node: Pointer, level: number, visit: (block: Pointer) => void): void {
    if (level === 0) {
      const count = leafCount(this.view, node);
      const entries = leafEntries(this.view, node);
      for (let i = 0; i < count; i++) visit(this.view.wordsOf(node)[entries + i] as Pointer);
    } else {
      const children = this.view.word(node, NODE_CHILDREN);
      for (let i = 0; i < children; i++) {
        this.walkNode(this.view.pointer(node, NODE_SLOTS + i * SCORE_SLOT_WORDS + SLOT_CHILD), level - 1, visit);
      }
    }
    visit(node);
  }
}
