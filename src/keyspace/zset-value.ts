/**
 * Sorted sets: members with scores. A small one is a {@link ScoredListpack}, a large one {@link ScoredMembers}.
 *
 * The accessor has two places that do not disturb each other: what {@link ZsetValue.find} found, which the methods
 * whose names end in `Found` and {@link ZsetValue.insert} go on from, and a cursor ({@link ZsetValue.seek}), with
 * which members are read in order. Both hold until the next change.
 */
import { Slice } from '../lib/slice.ts';
import { NO_ELEMENT } from '../structures/listpack.ts';
import type { ListpackBlocks } from '../structures/listpack-block.ts';
import { ScoreCursor } from '../structures/score-tree-cursor.ts';
import { ScoredListpack } from '../structures/scored-listpack.ts';
import { ScoredMembers } from '../structures/scored-members.ts';
import type { Commons } from './commons.ts';
import type { Database } from './database.ts';
import { NULL, type Pointer, TYPE_ZSET } from './key-entry.ts';
import { PackedCollection } from './packed-collection.ts';

/** Encodings of sorted sets. */
export const ZSET_LISTPACK = 0;
export const ZSET_TREE = 1;

/** `zset-max-listpack-entries` and `-value`: what a small sorted set may hold. */
export interface ZsetLimits {
  entries: number;
  valueBytes: number;
}

export class ZsetValue extends PackedCollection {
  protected override readonly type = TYPE_ZSET;
  /** The score that {@link find} found. */
  foundScore = 0;
  /** The member at the cursor; valid until the cursor moves or the sorted set changes. */
  readonly member = new Slice(new Uint8Array(0), 0, 0);
  /** The score at the cursor. */
  score = 0;

  protected readonly limits: ZsetLimits;
  protected override readonly blocks: ListpackBlocks;
  protected readonly small: ScoredListpack;
  protected readonly large: ScoredMembers;
  private readonly cursor: ScoreCursor;
  /** The cursor's element in a small sorted set. */
  private cursorAt = NO_ELEMENT;
  private foundEntry: Pointer = NULL;
  private foundAt = NO_ELEMENT;

  constructor(commons: Commons, limits: ZsetLimits) {
    super(commons);
    this.limits = limits;
    this.small = new ScoredListpack(commons.heap);
    this.blocks = this.small.blocks;
    this.large = new ScoredMembers(commons.heap, commons.entries, commons.hasher);
    this.large.table.memory = commons.memberPrefetch;
    this.cursor = new ScoreCursor(commons.heap);
  }

  override get length(): number {
    return this.encoding === ZSET_TREE ? this.large.count(this.pointer) : this.small.count(this.pointer);
  }

  /** Makes a sorted set under `key`, which does not exist, and points at it. The caller adds this member at once. */
  createFor(database: Database, key: Slice, member: Slice, score: number): this {
    return this.createPacked(database, key, ZSET_LISTPACK, this.small.stage(member, score));
  }

  /** Finds a member; true when it is there, and then {@link foundScore} is its score. */
  find(member: Slice): boolean {
    if (this.encoding === ZSET_TREE) {
      const entry = this.large.find(this.pointer, member);
      this.foundEntry = entry;
      if (entry === NULL) return false;
      this.foundScore = this.large.score(entry);
      return true;
    }
    const at = this.small.find(this.pointer, member);
    this.foundAt = at;
    if (at === NO_ELEMENT) return false;
    this.foundScore = this.small.score(this.pointer, at);
    return true;
  }

  /** Adds a member that the last {@link find} did not find. */
  insert(member: Slice, score: number): void {
    if (this.encoding === ZSET_LISTPACK) {
      if (this.fitsSmall(member)) {
        this.makeRoom(this.blocks.size(this.pointer) + this.small.stage(member, score));
        this.small.insertStaged(this.pointer, member, score);
        return;
      }
      this.enlarge();
      this.large.find(this.pointer, member);
    }
    this.store(ZSET_TREE, this.large.insert(this.pointer, member, score));
  }

  /** Gives the member just found, which is `member`, another score. */
  updateFound(member: Slice, score: number): void {
    if (this.encoding === ZSET_LISTPACK) {
      if (this.small.hasRoom(this.pointer, 0)) {
        this.setScoreInListpack(member, score);
        return;
      }
      this.enlarge();
      this.foundEntry = this.large.find(this.pointer, member);
    }
    this.store(ZSET_TREE, this.large.setScoreFound(this.pointer, this.foundEntry, score));
  }

  /** Adds a member or gives it another score; true when it is new. */
  set(member: Slice, score: number): boolean {
    if (!this.find(member)) {
      this.insert(member, score);
      return true;
    }
    if (!Object.is(this.foundScore, score)) this.updateFound(member, score);
    return false;
  }

  /** Takes a member away; true when there was one. The key stays, even if the sorted set becomes empty. */
  delete(member: Slice): boolean {
    if (!this.find(member)) return false;
    if (this.encoding === ZSET_TREE) {
      this.store(ZSET_TREE, this.large.removeFound(this.pointer, this.foundEntry, member));
    } else {
      this.removeFromListpack(this.foundAt, 1);
    }
    return true;
  }

  /** Takes away the member that the last {@link seek} has led to, with that rank. */
  removeSought(rank: number): void {
    const { cursor } = this;
    if (this.encoding === ZSET_TREE) {
      this.store(ZSET_TREE, this.large.removeAt(this.pointer, rank, cursor.entry, this.member));
    } else {
      this.removeFromListpack(this.cursorAt, 1);
    }
  }

  /** Takes away `count` members from `rank` on, all of which must exist. */
  removeRange(rank: number, count: number): void {
    if (this.encoding === ZSET_TREE) {
      this.store(ZSET_TREE, this.large.removeRange(this.pointer, rank, count, this.member));
    } else {
      this.removeFromListpack(this.small.seek(this.pointer, rank), count);
    }
  }

  /** How many members are before this one, or -1 when it is not there; {@link foundScore} is its score. */
  rank(member: Slice): number {
    if (!this.find(member)) return -1;
    if (this.encoding === ZSET_LISTPACK) return this.small.rankAt(this.pointer, this.foundAt);
    return this.large.tree.rank(this.large.treeRoot(this.pointer), this.foundScore, member);
  }

  /** The rank of the first member with at least this score, or, with `above`, with a higher one; else the length. */
  rankOfScore(score: number, above: boolean): number {
    if (this.encoding === ZSET_LISTPACK) return this.small.rankOfScore(this.pointer, score, above);
    return this.large.tree.rankOfScore(this.large.treeRoot(this.pointer), score, above);
  }

  /**
   * The rank of the first member that is not before `member`, or, with `above`, is behind it; else the length. It
   * means something only where all scores are equal.
   */
  rankOfMember(member: Slice, above: boolean): number {
    if (this.encoding === ZSET_LISTPACK) return this.small.rankOfMember(this.pointer, member, above);
    return this.large.tree.rankOfMember(this.large.treeRoot(this.pointer), member, above);
  }

  /** Moves the cursor to a rank, 0 or more; false when there is none. */
  seek(rank: number): boolean {
    if (this.encoding === ZSET_TREE) {
      return this.cursor.seek(this.large.treeRoot(this.pointer), rank) && this.readEntry(this.cursor.entry);
    }
    return this.readElement(this.small.seek(this.pointer, rank));
  }

  /** Moves the cursor to the next member; false when there is none. */
  next(): boolean {
    if (this.encoding === ZSET_TREE) return this.cursor.next() && this.readEntry(this.cursor.entry);
    return this.readElement(this.small.next(this.pointer, this.cursorAt));
  }

  /** Moves the cursor to the member before; false when there is none. */
  previous(): boolean {
    if (this.encoding === ZSET_TREE) return this.cursor.previous() && this.readEntry(this.cursor.entry);
    return this.readElement(this.small.previous(this.pointer, this.cursorAt));
  }

  /** Sets {@link member} and {@link score} to a member chosen at random; the sorted set must not be empty. */
  random(): void {
    const { random } = this.commons;
    if (this.encoding === ZSET_TREE) {
      this.readEntry(this.large.table.random(this.large.tableRoot(this.pointer), random));
    } else {
      this.seek(random.below(this.length));
    }
  }

  /** Calls `visit` with every member and score, in order; the slice is reused. `visit` must not change anything. */
  forEach(visit: (member: Slice, score: number) => void): void {
    for (let more = this.seek(0); more; more = this.next()) visit(this.member, this.score);
  }

  /** One step of a SCAN: see {@link TableReader.scan}. A small sorted set is visited whole. */
  scan(cursor: number, visit: (member: Slice, score: number) => void): number {
    if (this.encoding === ZSET_LISTPACK) {
      this.forEach(visit);
      return 0;
    }
    return this.large.table.scan(this.large.tableRoot(this.pointer), cursor, (entry) => {
      this.readEntry(entry);
      visit(this.member, this.score);
    });
  }

  /** Turns the small form into the large one, whatever the limits say. */
  makeLarge(): void {
    if (this.encoding === ZSET_LISTPACK) this.enlarge();
  }

  /** Gives the member just found its score and its place: takes it out and adds it again. */
  private setScoreInListpack(member: Slice, score: number): void {
    const size = this.blocks.size(this.pointer);
    const added = this.small.stage(member, score);
    this.makeRoom(Math.max(size, size - this.small.pairBytes(this.pointer, this.foundAt) + added));
    this.small.remove(this.pointer, this.foundAt, 1);
    this.small.insertStaged(this.pointer, member, score);
  }

  private removeFromListpack(at: number, count: number): void {
    this.makeRoom(0);
    this.small.remove(this.pointer, at, count);
    this.trim();
  }

  private fitsSmall(member: Slice): boolean {
    const { entries, valueBytes } = this.limits;
    if (member.end - member.start > valueBytes) return false;
    return this.small.count(this.pointer) < entries && this.small.hasRoom(this.pointer, member.end - member.start);
  }

  private readEntry(entry: Pointer): boolean {
    this.large.member(entry, this.member);
    this.score = this.large.score(entry);
    return true;
  }

  private readElement(at: number): boolean {
    if (at === NO_ELEMENT) return false;
    this.cursorAt = at;
    this.small.member(this.pointer, at, this.member);
    this.score = this.small.score(this.pointer, at);
    return true;
  }

  /** Turns the small form into the large one. */
  private enlarge(): void {
    let root = this.large.create();
    this.forEach((member, score) => {
      this.large.find(root, member);
      root = this.large.insert(root, member, score);
    });
    this.replacePacked(ZSET_TREE, root);
  }
}
