/**
 * What the keyspace knows of lists: see {@link ValueKind}.
 */
import type { ListTree } from '../structures/list-tree.ts';
import { TreeDrain } from '../structures/tree-drain.ts';
import type { Commons } from './commons.ts';
import { type Pointer, valuePointer } from './key-entry.ts';
import type { Reclaimer, ReclaimJob } from './reclaimer.ts';
import type { ValueKind } from './values.ts';

export class ListKind implements ValueKind {
  private readonly commons: Commons;
  private readonly tree: ListTree;

  constructor(commons: Commons, tree: ListTree) {
    this.commons = commons;
    this.tree = tree;
  }

  free(entry: Pointer, reclaimer: Reclaimer): void {
    const { heap, strings } = this.commons;
    const root = valuePointer(heap, entry);
    if (this.tree.freeSmall(root)) return;
    reclaimer.free(new ListReclaim(TreeDrain.ofList(heap, strings, root), this.tree.count(root)));
  }

  walk(entry: Pointer, visit: (block: Pointer) => void): void {
    this.tree.walk(valuePointer(this.commons.heap, entry), visit);
  }

  copy(entry: Pointer): Pointer {
    return this.tree.copy(valuePointer(this.commons.heap, entry));
  }

  encodingName(): string {
    return 'quicklist';
  }
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
