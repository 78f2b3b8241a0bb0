/**
 * How large structures are, judged by samples: looking at all of a value would take a time that grows with it.
 */
import type { Random } from '../lib/random.ts';
import type { Heap } from '../memory/heap.ts';
import type { Pointer } from '../memory/layout.ts';
import type { TableReader } from '../structures/table-reader.ts';
import { ROOT_BYTES, SLOT_COUNT, slotCount } from '../structures/tree-layout.ts';
import type { TreePath } from '../structures/tree-path.ts';

/** Places of a table that are looked at to estimate its size. */
const PROBES = 64;

/**
 * Bytes of a table without the entries in it; exact while the table is one segment, else an estimate.
 *
 * A segment of depth d holds a share of 2^-d of all hashes, so that the mean of 2^d over evenly spaced hashes tells how
 * many segments there are. The pages above them, a thousandth of it, are left out.
 */
export function tableBlockBytes(heap: Heap, table: TableReader, root: Pointer): number {
  let sum = 0;
  for (let i = 0; i < PROBES; i++) {
    table.locate(root, ((i + 0.5) * 2 ** 32) / PROBES);
    sum += 2 ** table.depth * heap.capacity(table.segment);
  }
  return Math.round(sum / PROBES) + heap.capacity(root);
}

/** Bytes of all entries of a table, of which `samples` are measured. */
export function tableEntryBytes(
  table: TableReader,
  root: Pointer,
  samples: number,
  random: Random,
  measure: (entry: Pointer) => number,
): number {
  let sum = 0;
  for (let i = 0; i < samples; i++) sum += measure(table.random(root, random));
  return Math.round((sum / samples) * table.count(root));
}

/**
 * Bytes of a counted tree that is not empty. An element drawn at random is in a leaf of n elements with a probability
 * that grows with n, so that the mean of the leaf's bytes divided by n is what an element takes; the same holds for the
 * nodes above.
 */
export function treeBytes(
  heap: Heap,
  path: TreePath,
  root: Pointer,
  samples: number,
  random: Random,
  leafBytes: (path: TreePath) => number,
): number {
  const count = path.count(root);
  let sum = 0;
  for (let i = 0; i < samples; i++) {
    path.seek(root, random.below(count));
    sum += leafBytes(path) / slotCount(path.leafWord, 1);
    for (let level = 1; level <= path.height; level++) {
      const above = path.wordsAt(level + 1)[path.slotAt(level + 1) + SLOT_COUNT];
      sum += heap.capacity(path.nodes[level] as Pointer) / slotCount(above, level + 1);
    }
  }
  return Math.round((sum / samples) * count) + ROOT_BYTES;
}
