/**
 * Frees the entries of an abandoned table, a table segment at a time: the keys of an emptied database, the fields of
 * a hash, the members of a set.
 */
import type { Heap } from '../memory/heap.ts';
import { NULL, type Pointer } from '../memory/layout.ts';
import type { HashTable } from '../structures/hash-table.ts';
import { TableDrain } from '../structures/table-drain.ts';
import type { ReclaimJob } from './reclaimer.ts';

export class TableReclaim implements ReclaimJob {
  pending: number;
  private readonly table: HashTable;
  private readonly drain: TableDrain;
  private readonly freeEntry: (entry: Pointer) => void;

  /** `freeEntry` frees an entry and what hangs on it. */
  constructor(heap: Heap, table: HashTable, root: Pointer, freeEntry: (entry: Pointer) => void) {
    this.table = table;
    this.pending = table.count(root);
    this.drain = new TableDrain(heap, root);
    this.freeEntry = freeEntry;
  }

  step(): boolean {
    const segment = this.drain.next();
    if (segment === NULL) return false;
    this.table.forEachInSegment(segment, (entry) => {
      this.freeEntry(entry);
      this.pending--;
    });
    this.table.freeSegment(segment);
    return true;
  }
}
