/**
 * The layout of hash tables on the heap: extendible hashing with a radix tree as directory.
 *
 * ```text
 * root      word 2 node, 3 node's descriptor, 4 entries
 * page      word 2 bits k; from word 4 on 2^k pointers, then 2^k descriptor bytes
 * segment   word 2 entries, 3 chain, 4 id, 5 bucket bits; from byte 64 on its buckets
 * bucket    64 bytes, one cache line: 12 tags, spill count (word 3), 12 pointers (words 4–15)
 * chain     word 2 next, 3 entries, from word 4 on up to 28 pointers
 *
 * hash      | page | page | … | bucket 6 | …… | tag 8 |       bits 31..0
 * ```
 *
 * A descriptor is `PAGE | bits` for a page, else a segment's local depth: how many leading bits of the hash all its
 * entries share. The bits after those choose the bucket, so hash order is kept down to buckets, and a boundary in
 * hash order means the same before and after any split or merge. In the root, where a single segment's depth is 0,
 * its descriptor is its bucket bits instead: small tables are one small segment.
 *
 * An entry lies in its home bucket or, where that is full, in one of the next three (wrapping around), and the home's
 * spill count says how many do. What finds no place there while its segment cannot split (equal hashes) goes to the
 * segment's chain and counts as spilled too. So a look-up of a key that is not there mostly touches one line, and of
 * one that is there its line and the entry.
 */

export const ROOT_BYTES = 20;
export const ROOT_NODE = 2;
export const ROOT_DESCRIPTOR = 3;
export const ROOT_COUNT = 4;

export const PAGE = 0x80;
export const PAGE_BITS = 2;
export const PAGE_SLOTS = 4;
export const MAX_PAGE_BITS = 9;

export const SEGMENT_COUNT = 2;
export const SEGMENT_CHAIN = 3;
export const SEGMENT_ID = 4;
export const SEGMENT_BUCKET_BITS = 5;
/** Words before the first bucket. */
export const SEGMENT_HEAD = 16;
export const MAX_BUCKET_BITS = 6;

export const BUCKET_WORDS = 16;
export const BUCKET_SPILL = 3;
export const BUCKET_SLOTS = 4;
export const SLOTS_PER_BUCKET = 12;
/** Buckets in which an entry may lie, its home included. */
export const WINDOW = 4;
/** A spill count that stays, because it no longer knows. */
export const SPILL_UNKNOWN = 255;

export const CHAIN_NEXT = 2;
export const CHAIN_COUNT = 3;
export const CHAIN_SLOTS = 4;
export const CHAIN_CAPACITY = 28;
export const CHAIN_BYTES = (CHAIN_SLOTS + CHAIN_CAPACITY) * 4;

/** Segments this deep do not split. With the bucket's bits it leaves two bits of the hash unused. */
export const MAX_DEPTH = 24;
/** A segment with fewer entries than this chains instead of splitting: its hashes are too alike for a split to help. */
export const MIN_SPLIT_ENTRIES = 192;
/**
 * A segment with at most this many entries looks for a buddy to merge with … It is high enough that evenly filled
 * segments, which hold as many as their buddies, have merged before they hold less than 128 each on average: choosing
 * an entry at random relies on it.
 */
export const MERGE_ENTRIES = 160;
/** … and does so when both together have at most this many: well below what makes a segment split. */
export const MERGED_ENTRIES = 320;

export function pageBytes(bits: number): number {
  return PAGE_SLOTS * 4 + (1 << bits) * 5;
}

export function segmentBytes(bucketBits: number): number {
  return (SEGMENT_HEAD + (BUCKET_WORDS << bucketBits)) * 4;
}

/** The byte that a bucket keeps of a hash; never 0, which marks a free slot. */
export function tagOf(hash: number): number {
  return hash & 0xff || 1;
}

/** The home bucket of a hash in a segment. */
export function homeBucket(hash: number, depth: number, bucketBits: number): number {
  return bucketBits === 0 ? 0 : (hash << depth) >>> (32 - bucketBits);
}
