/**
 * Which slabs to empty so that whole segments become free.
 *
 * Memory is given back in whole segments, so the blocks are to be in as few of them as they need: the fullest segments
 * stay, as many as the blocks would fill, and all slabs of the others are to be emptied. What does not fill a segment
 * goes to a fresh one, since only those of its pages take memory that were touched. Of the slabs that stay each class
 * keeps the fullest, as many as it needs; the rest is emptied too, so that other classes find room.
 *
 * It looks at two bytes of each slab a few times: some milliseconds for 64 GiB.
 */
import { BLOCKS_PER_SLAB, CLASS_COUNT, CLASS_SIZE, SLABS_PER_SEGMENT } from './layout.ts';

export interface EvacuationPlan {
  /** Per slab, 1 where it is to be emptied. */
  readonly marked: Uint8Array;
  /** The segments that are to be emptied. */
  readonly segments: readonly number[];
}

/**
 * Plans for the slabs `slabClass` (0: empty) and `slabUsed` (blocks in use) of the segments that there are. Null where
 * no segment would become free.
 */
export function planEvacuation(
  segments: readonly number[],
  slabClass: Uint8Array,
  slabUsed: Uint16Array,
): EvacuationPlan | null {
  const needed = slabsNeeded(segments, slabClass, slabUsed);
  const total = needed.reduce((sum, slabs) => sum + slabs, 0);
  const keptCount = Math.floor(total / SLABS_PER_SEGMENT);
  if (keptCount + 1 >= segments.length) return null;
  const usedBytes = new Map(segments.map((segment) => [segment, bytesIn(segment, slabClass, slabUsed)]));
  const byUse = [...segments].sort((a, b) => (usedBytes.get(b) as number) - (usedBytes.get(a) as number) || a - b);
  const marked = new Uint8Array(slabClass.length);
  const emptied = byUse.slice(keptCount);
  for (const segment of emptied) marked.fill(1, segment * SLABS_PER_SEGMENT, (segment + 1) * SLABS_PER_SEGMENT);
  markSurplus(byUse.slice(0, keptCount), needed, slabClass, slabUsed, marked);
  return { marked, segments: emptied };
}

/** Per class, how many slabs its blocks would fill. */
function slabsNeeded(segments: readonly number[], slabClass: Uint8Array, slabUsed: Uint16Array): number[] {
  const blocks = new Array<number>(CLASS_COUNT).fill(0);
  for (const segment of segments) {
    const end = (segment + 1) * SLABS_PER_SEGMENT;
    for (let slab = segment * SLABS_PER_SEGMENT; slab < end; slab++) blocks[slabClass[slab]] += slabUsed[slab];
  }
  blocks[0] = 0;
  return blocks.map((count, sizeClass) => (count === 0 ? 0 : Math.ceil(count / BLOCKS_PER_SLAB[sizeClass])));
}

function bytesIn(segment: number, slabClass: Uint8Array, slabUsed: Uint16Array): number {
  let bytes = 0;
  for (let slab = segment * SLABS_PER_SEGMENT; slab < (segment + 1) * SLABS_PER_SEGMENT; slab++) {
    if (slabClass[slab] !== 0) bytes += slabUsed[slab] * CLASS_SIZE[slabClass[slab]];
  }
  return bytes;
}

/** Marks of each class's slabs in the segments that stay the emptiest, as far as they are more than needed. */
function markSurplus(
  kept: readonly number[],
  needed: readonly number[],
  slabClass: Uint8Array,
  slabUsed: Uint16Array,
  marked: Uint8Array,
): void {
  const slabsOf = new Array<number>(CLASS_COUNT).fill(0);
  // Per class, how many slabs have how many blocks in use.
  const byUse = Array.from(BLOCKS_PER_SLAB, (blocks) => new Uint32Array(blocks + 1));
  for (const segment of kept) {
    for (let slab = segment * SLABS_PER_SEGMENT; slab < (segment + 1) * SLABS_PER_SEGMENT; slab++) {
      slabsOf[slabClass[slab]]++;
      byUse[slabClass[slab]][slabUsed[slab]]++;
    }
  }
  const surplus = slabsOf.map((slabs, sizeClass) => Math.max(0, slabs - needed[sizeClass]));
  surplus[0] = 0;
  // Slabs with fewer blocks than this are all surplus; of those with as many, some.
  const limits = surplus.map((slabs, sizeClass) => {
    let limit = 0;
    for (let left = slabs; left > byUse[sizeClass][limit]; limit++) left -= byUse[sizeClass][limit];
    return limit;
  });
  const atLimit = surplus.map((slabs, sizeClass) => {
    let below = 0;
    for (let used = 0; used < limits[sizeClass]; used++) below += byUse[sizeClass][used];
    return slabs - below;
  });
  for (const segment of kept) {
    for (let slab = segment * SLABS_PER_SEGMENT; slab < (segment + 1) * SLABS_PER_SEGMENT; slab++) {
      const sizeClass = slabClass[slab];
      if (surplus[sizeClass] === 0) continue;
      if (slabUsed[slab] < limits[sizeClass]) marked[slab] = 1;
      else if (slabUsed[slab] === limits[sizeClass] && atLimit[sizeClass]-- > 0) marked[slab] = 1;
    }
  }
}
