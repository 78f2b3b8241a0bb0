/**
 * What keys and their tables take of the heap.
 */
import { SHARED_BIT } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import type { Database } from './database.ts';
import type { Keyspace } from './keyspace.ts';

/** Places of a table that are looked at to estimate its size. */
const PROBES = 64;

/** Bytes of all blocks that a key has to itself: its entry, a long name, its value. */
export function keyBytes(keyspace: Keyspace, entry: Pointer): number {
  const { heap } = keyspace;
  let bytes = 0;
  const add = (block: Pointer): void => {
    // A member of a large sorted set is reached from both its indexes.
    const isShared = (heap.word(block, 0) & SHARED_BIT) !== 0;
    bytes += isShared ? heap.capacity(block) / 2 : heap.capacity(block);
  };
  keyspace.kinds.walk(entry, add);
  keyspace.entries.walk(entry, add);
  return bytes;
}

/**
 * Bytes of a database's table without the entries in it; exact while the table is one segment, else an estimate.
 *
 * A segment of depth d holds a share of 2^-d of all hashes, so that the mean of 2^d over evenly spaced hashes tells how
 * many segments there are. The pages above them, a thousandth of it, are left out.
 */
export function tableBytes(keyspace: Keyspace, database: Database): number {
  const { table, root } = database;
  let sum = 0;
  for (let i = 0; i < PROBES; i++) {
    table.locate(root, ((i + 0.5) * 2 ** 32) / PROBES);
    sum += 2 ** table.depth * keyspace.heap.capacity(table.segment);
  }
  return Math.round(sum / PROBES) + keyspace.heap.capacity(root);
}
