/**
 * The geometry of the shared heap.
 *
 * ```text
 * segment   32 MiB SharedArrayBuffer, 512 slabs
 * slab      64 KiB, one size class:  | 48 bytes unused | block | block | … |
 * block     a multiple of 16 bytes:  | word 0 | word 1 | payload … |
 *                                       |        birth epoch
 *                                       owner's 24 bits << 8 | size class (0: free)
 * ```
 *
 * A pointer counts units of 16 bytes over all segments, so 32 bits reach 64 GiB; 0 is null, because the first
 * unit of a slab belongs to no block.
 *
 * The 48 unused bytes align blocks whose size is a multiple of 64: the C library places the bytes of a buffer this
 * large 16 bytes after a page boundary, so offset 48 begins a cache line. Nothing but speed depends on it.
 */

declare const pointerBrand: unique symbol;

/** The address of a block in units of 16 bytes; 0 is null. Never a count, an index or a byte offset. */
export type Pointer = number & { readonly [pointerBrand]: true };

export const NULL = 0 as Pointer;

export const SEGMENT_BYTES = 32 * 1024 * 1024;
/** Shifts a pointer to its segment's number. */
export const SEGMENT_SHIFT = 21;
/** Masks a pointer to its units within the segment. */
export const UNIT_MASK = (1 << SEGMENT_SHIFT) - 1;

export const SLAB_BYTES = 64 * 1024;
/** Shifts a pointer to its slab's number, counted over all segments. */
export const SLAB_SHIFT = 12;
export const SLABS_PER_SEGMENT = SEGMENT_BYTES / SLAB_BYTES;
export const SLAB_FIRST_UNIT = 3;

/** Bytes of a block before its payload. */
export const HEADER_BYTES = 8;
/** Words of a block before its payload. */
export const HEADER_WORDS = 2;

const SLAB_PAYLOAD_BYTES = SLAB_BYTES - SLAB_FIRST_UNIT * 16;

/** The largest block, header included: one per slab. */
export const MAX_BLOCK_BYTES = SLAB_PAYLOAD_BYTES;

/**
 * The sizes of the classes, header included; class 0 is no class. Small ones are close together, since most blocks
 * are small; from 1 KiB on they are chosen so that a slab is filled nearly whole. Those with a remark are exact fits
 * for table segments, which want sizes that are multiples of 64.
 */
const CLASS_BYTES: readonly number[] = [
  0,
  ...steps(16, 256, 16),
  ...steps(288, 512, 32),
  ...steps(576, 1024, 64),
  1088, // a table segment of 16 buckets
  ...parts(56, 51, 45, 40, 36),
  2112, // a table segment of 32 buckets
  ...parts(28, 25, 22, 20, 18, 16),
  4160, // a table segment of 64 buckets; a node of 1,024 pointers
  ...parts(14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1),
];

function steps(from: number, to: number, step: number): number[] {
  return Array.from({ length: (to - from) / step + 1 }, (_, i) => from + i * step);
}

/** The largest sizes of which `counts` fit into a slab. */
function parts(...counts: number[]): number[] {
  return counts.map((count) => Math.floor(SLAB_PAYLOAD_BYTES / count / 16) * 16);
}

export const CLASS_COUNT = CLASS_BYTES.length;

/** Bytes of a block of each class, header included. */
export const CLASS_SIZE: Uint32Array = Uint32Array.from(CLASS_BYTES);

/** Blocks that a slab of each class holds. */
export const BLOCKS_PER_SLAB: Uint16Array = Uint16Array.from(CLASS_BYTES, (bytes) =>
  bytes === 0 ? 0 : Math.floor(SLAB_PAYLOAD_BYTES / bytes),
);

/** The class of a size in units of 16 bytes, rounded up. */
export const CLASS_OF_UNITS: Uint8Array = classTable();

function classTable(): Uint8Array {
  const table = new Uint8Array(MAX_BLOCK_BYTES / 16 + 1);
  let sizeClass = 1;
  for (let units = 1; units < table.length; units++) {
    if (units * 16 > CLASS_BYTES[sizeClass]) sizeClass++;
    table[units] = sizeClass;
  }
  table[0] = 1;
  return table;
}

/** The bytes that a block for `bytes` (header included) really takes. */
export function blockBytesFor(bytes: number): number {
  return CLASS_SIZE[CLASS_OF_UNITS[(bytes + 15) >>> 4]];
}
