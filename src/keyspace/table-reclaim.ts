/**
 * Frees the keys of an emptied database, a table segment at a time.
 */
import { NULL, type Pointer } from '../memory/layout.ts';
import type { HashTable } from '../structures/hash-table.ts';
import { TableDrain } from '../structures/table-drain.ts';
import type { Commons } from './commons.ts';
import type { ReclaimJob } from './reclaimer.ts';

export class TableReclaim implements ReclaimJob {
  pending: number;
  private readonly commons: Commons;
  private readonly table: HashTable;
  private readonly drain: TableDrain;

  constructor(commons: Commons, table: HashTable, root: Pointer, keys: number) {
    this.commons = commons;
    this.table = table;
    this.drain = new TableDrain(commons.heap, root);
    this.pending = keys;
  }

  step(): boolean {
    const segment = this.drain.next();
    if (segment === NULL) return false;
    this.table.forEachInSegment(segment, (entry) => {
      this.commons.kinds.free(entry);
      this.commons.entries.free(entry);
      this.pending--;
    });
    this.table.freeSegment(segment);
    return true;
  }
}
