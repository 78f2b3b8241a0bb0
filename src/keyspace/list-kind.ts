/**
 * What the keyspace knows of lists: see {@link ValueKind}.
 */
import { ListRelocation } from '../structures/list-relocation.ts';
import type { ListTree } from '../structures/list-tree.ts';
import { TreeDrain } from '../structures/tree-drain.ts';
import { LIST_SLOT_WORDS, PLAIN } from '../structures/tree-layout.ts';
import { TreePath } from '../structures/tree-path.ts';
import type { Commons } from './commons.ts';
import { type Pointer, valuePointer } from './key-entry.ts';
import type { ReclaimJob } from './reclaimer.ts';
import type { Relocation } from './relocation.ts';
import { treeBytes } from './size-estimate.ts';
import type { ValueKind } from './values.ts';

export class ListKind implements ValueKind {
  private readonly commons: Commons;
  private readonly tree: ListTree;
  private readonly path: TreePath;
  private readonly relocation: ListRelocation;

  constructor(commons: Commons, tree: ListTree) {
    this.commons = commons;
    this.tree = tree;
    this.path = new TreePath(commons.heap, LIST_SLOT_WORDS);
    this.relocation = new ListRelocation(commons.heap, commons.strings);
  }

  free(entry: Pointer): void {
    freeList(this.commons, this.tree, valuePointer(this.commons.heap, entry));
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    this.tree.walk(valuePointer(this.commons.heap, entry), visit);
  }

  copy(entry: Pointer): Pointer {
    return this.tree.copy(valuePointer(this.commons.heap, entry));
  }

  relocate(entry: Pointer, relocation: Relocation): Pointer {
    const { position, strings } = relocation;
    const root = this.relocation.relocateLeaf(valuePointer(this.commons.heap, entry), position, strings);
    const { nextIndex } = this.relocation;
    relocation.advance(nextIndex, nextIndex >= this.tree.count(root));
    return root;
  }

  packedBytes(): number {
    return 0;
  }

  size(entry: Pointer): number {
    return this.tree.count(valuePointer(this.commons.heap, entry));
  }

  estimateBytes(entry: Pointer, samples: number): number {
    const { heap, random, strings } = this.commons;
    const leafBytes = ({ leaf, leafWord }: TreePath): number =>
      leafWord >= PLAIN ? strings.blockBytes(leaf, leafWord - PLAIN) : heap.capacity(leaf);
    return treeBytes(heap, this.path, valuePointer(heap, entry), samples, random, leafBytes);
  }

  encodingName(): string {
    return 'quicklist';
  }
}

/** Frees a list's structure; what is large goes to the reclaimer. */
export function freeList({ heap, reclaimer, strings }: Commons, tree: ListTree, root: Pointer): void {
  if (tree.freeSmall(root)) return;
  reclaimer.free(new ListReclaim(TreeDrain.ofList(heap, strings, root), tree.count(root)));
}

class ListReclaim implements ReclaimJob {
  pending: number;
  private readonly drain: TreeDrain;

  constructor(drain: TreeDrain, elements: number) {
    this.drain = drain;
    this.pending = elements;
  }

  step(): boolean {
    if (this.drain.step()) return true;
    this.pending = 0;
    return false;
  }
}
