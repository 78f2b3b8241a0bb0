/**
 * What keys and their tables take of the heap.
 */
import { SHARED_BIT } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import type { Database } from './database.ts';
import type { Keyspace } from './keyspace.ts';
import { tableBlockBytes } from './size-estimate.ts';

/** Values of up to so many elements are counted rather than estimated. */
const COUNTED_ELEMENTS = 512;
/** Samples that are taken at the least: they cost little. */
const MIN_SAMPLES = 64;

/**
 * Bytes that a key has to itself: its entry, a long name, its value. To the byte where the value has few elements or
 * `samples` is 0; else estimated by as many samples, or some more.
 */
export function keyBytes(keyspace: Keyspace, entry: Pointer, samples: number): number {
  const { entries, kinds } = keyspace;
  const isCounted = samples === 0 || kinds.size(entry) <= COUNTED_ELEMENTS;
  const valueBytes = isCounted
    ? countedBytes(keyspace, entry)
    : kinds.estimateBytes(entry, Math.max(samples, MIN_SAMPLES));
  return entries.blockBytes(entry) + valueBytes;
}

function countedBytes({ heap, kinds }: Keyspace, entry: Pointer): number {
  let bytes = 0;
  kinds.walk(entry, (block) => {
    // A member of a large sorted set is reached from both its indexes.
    const isShared = (heap.word(block, 0) & SHARED_BIT) !== 0;
    bytes += isShared ? heap.capacity(block) / 2 : heap.capacity(block);
  });
  return bytes;
}

/** Bytes of a database's table without the entries in it: see {@link tableBlockBytes}. */
export function tableBytes({ heap }: Keyspace, { root, table }: Database): number {
  return tableBlockBytes(heap, table, root);
}
