/**
 * What the keyspace knows of sorted sets: see {@link ValueKind}.
 */
import { Slice } from '../lib/slice.ts';
import type { Heap } from '../memory/heap.ts';
import { ScoreCursor } from '../structures/score-tree-cursor.ts';
import { ScoredListpack } from '../structures/scored-listpack.ts';
import { ScoredMembers, TABLE_ROOT, TREE_ROOT } from '../structures/scored-members.ts';
import { TreeDrain } from '../structures/tree-drain.ts';
import { SCORE_SLOT_WORDS } from '../structures/tree-layout.ts';
import { TreePath } from '../structures/tree-path.ts';
import type { Commons } from './commons.ts';
import { encodingOf, type Pointer, valuePointer } from './key-entry.ts';
import type { Reclaimer, ReclaimJob } from './reclaimer.ts';
import type { Relocation } from './relocation.ts';
import { tableBlockBytes, tableEntryBytes, treeBytes } from './size-estimate.ts';
import { TableReclaim } from './table-reclaim.ts';
import type { ValueKind } from './values.ts';
import { ZSET_LISTPACK } from './zset-value.ts';

const TREE_POSITION = 2 ** 32;

export class ZsetKind implements ValueKind {
  private readonly commons: Commons;
  private readonly small: ScoredListpack;
  private readonly large: ScoredMembers;
  private readonly cursor: ScoreCursor;
  private readonly path: TreePath;
  private readonly slice = new Slice(new Uint8Array(0), 0, 0);

  constructor(commons: Commons) {
    this.commons = commons;
    this.small = new ScoredListpack(commons.heap);
    this.large = new ScoredMembers(commons.heap, commons.entries, commons.hasher);
    this.cursor = new ScoreCursor(commons.heap);
    this.path = new TreePath(commons.heap, SCORE_SLOT_WORDS);
  }

  free(entry: Pointer, reclaimer: Reclaimer): void {
    const { heap } = this.commons;
    freeZset(this.commons, encodingOf(heap, entry), valuePointer(heap, entry), reclaimer);
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    const { heap } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) === ZSET_LISTPACK) visit(pointer);
    else this.large.walk(pointer, visit);
  }

  copy(entry: Pointer): Pointer {
    const { heap } = this.commons;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) === ZSET_LISTPACK) return this.small.blocks.copy(pointer);
    const { large, cursor } = this;
    let root = large.create();
    for (let more = cursor.seek(large.treeRoot(pointer), 0); more; more = cursor.next()) {
      const member = large.member(cursor.entry, this.slice);
      large.find(root, member);
      root = large.insert(root, member, cursor.score);
    }
    return root;
  }

  /** First by the table, with positions below 2^32, then by the tree. */
  relocate(entry: Pointer, relocation: Relocation): Pointer {
    const { heap } = this.commons;
    const { large } = this;
    const pointer = valuePointer(heap, entry);
    if (encodingOf(heap, entry) === ZSET_LISTPACK) {
      relocation.advance(0, true);
      return heap.moved(pointer);
    }
    const { position, strings } = relocation;
    if (position < TREE_POSITION) {
      const root = large.relocateBucket(pointer, position, strings);
      relocation.advance(large.table.nextCursor || TREE_POSITION, false);
      return root;
    }
    const root = large.relocateLeaf(pointer, position - TREE_POSITION);
    const { nextRank } = large.tree;
    relocation.advance(TREE_POSITION + nextRank, nextRank >= large.count(root));
    return root;
  }

  packedBytes(encoding: number, block: Pointer): number {
    return encoding === ZSET_LISTPACK ? this.small.blocks.size(block) : 0;
  }

  size(entry: Pointer): number {
    const { heap } = this.commons;
    return encodingOf(heap, entry) === ZSET_LISTPACK ? 1 : this.large.count(valuePointer(heap, entry));
  }

  estimateBytes(entry: Pointer, samples: number): number {
    const { entries, heap, random } = this.commons;
    const { large } = this;
    const pointer = valuePointer(heap, entry);
    const root = large.tableRoot(pointer);
    const measure = (member: Pointer): number => entries.blockBytes(member);
    const leafBytes = ({ leaf }: TreePath): number => heap.capacity(leaf);
    return (
      heap.capacity(pointer) +
      tableBlockBytes(heap, large.table, root) +
      tableEntryBytes(large.table, root, samples, random, measure) +
      treeBytes(heap, this.path, large.treeRoot(pointer), samples, random, leafBytes)
    );
  }

  encodingName(entry: Pointer): string {
    return encodingOf(this.commons.heap, entry) === ZSET_LISTPACK ? 'listpack' : 'skiplist';
  }
}

/** Frees a sorted set that no key has; a large one goes to the reclaimer. */
export function freeZset(commons: Commons, encoding: number, pointer: Pointer, reclaimer: Reclaimer): void {
  const { heap } = commons;
  if (encoding === ZSET_LISTPACK) heap.free(pointer);
  else reclaimer.free(new ZsetReclaim(commons, heap, pointer));
}

/** Frees the tree of a large sorted set, then its table and members. */
class ZsetReclaim implements ReclaimJob {
  private readonly tree: TreeDrain;
  private readonly table: TableReclaim;
  private isTreeGone = false;

  constructor(commons: Commons, heap: Heap, root: Pointer) {
    const { table } = new ScoredMembers(heap, commons.entries, commons.hasher);
    this.tree = TreeDrain.ofScores(heap, heap.pointer(root, TREE_ROOT));
    this.table = new TableReclaim(heap, table, heap.pointer(root, TABLE_ROOT), (entry) => commons.entries.free(entry));
    heap.free(root);
  }

  get pending(): number {
    return this.table.pending;
  }

  step(): boolean {
    if (this.isTreeGone) return this.table.step();
    this.isTreeGone = !this.tree.step();
    return true;
  }
}
