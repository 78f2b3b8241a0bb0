/**
 * The leaves of a list's tree:
 *
 * ```text
 * | header | gap | listpack | unused |
 * ```
 *
 * The gap's length in bytes is in the upper half of word 0. It makes pushing and popping at the head as cheap as at
 * the tail: only the listpack's header moves, where moving all elements of an 8 KB leaf takes about a microsecond.
 * The listpack's header always knows its count: no block
 * holds as many elements as a header can't count.
 */
import type { HeapView } from '../memory/heap-view.ts';
import { HEADER_BYTES, type Pointer, SEGMENT_SHIFT, UNIT_MASK } from '../memory/layout.ts';
import { EMPTY_LISTPACK_BYTES, headerCount, LISTPACK_HEADER_BYTES, totalBytes } from './listpack.ts';
import { LISTPACK_END, type ListpackValue } from './listpack-encoding.ts';
import { writeInt32 } from './little-endian.ts';

/** What the first leaf of a list begins with. */
export const SHORT_LIST_BYTES = 40;
/** What a leaf begins with that is not a list's first. */
export const FIRST_LEAF_BYTES = 248;

const GAP_SHIFT = 16;
const BELOW_GAP = (1 << GAP_SHIFT) - 1;

/** Bytes before the listpack, behind the header. */
export function leafGap(view: HeapView, leaf: Pointer): number {
  return view.word(leaf, 0) >>> GAP_SHIFT;
}

export function setLeafGap(view: HeapView, leaf: Pointer, gap: number): void {
  const words = view.wordsOf(leaf);
  const at = view.wordOffset(leaf);
  words[at] = (words[at] & BELOW_GAP) | (gap << GAP_SHIFT);
}

/** Where the listpack begins in `view.bytesOf(leaf)`. */
export function leafBase(view: HeapView, leaf: Pointer): number {
  const at = leaf & UNIT_MASK;
  return (at << 4) + HEADER_BYTES + (view.u32[leaf >>> SEGMENT_SHIFT][at << 2] >>> GAP_SHIFT);
}

/** True when a listpack of `total` bytes leaves so much of the `room` for it unused that it should be given back. */
export function wastesRoom(room: number, total: number): boolean {
  return total * 4 < room && room > 2 * FIRST_LEAF_BYTES;
}

export function writeListpackHeader(bytes: Uint8Array, base: number, total: number, count: number): void {
  writeInt32(bytes, base, total);
  bytes[base + 4] = count;
  bytes[base + 5] = count >> 8;
}

/** Writes a listpack of one element. */
export function writeSingle(bytes: Uint8Array, base: number, value: ListpackValue): void {
  writeListpackHeader(bytes, base, EMPTY_LISTPACK_BYTES + value.entryBytes, 1);
  bytes[value.writeEntry(bytes, base + LISTPACK_HEADER_BYTES)] = LISTPACK_END;
}

/** Puts `value` before all elements of a listpack whose gap has room for it; the listpack then begins earlier. */
export function prependInGap(view: HeapView, leaf: Pointer, value: ListpackValue): void {
  const bytes = view.bytesOf(leaf);
  const oldBase = leafBase(view, leaf);
  const total = totalBytes(bytes, oldBase);
  const count = headerCount(bytes, oldBase);
  const base = oldBase - value.entryBytes;
  writeListpackHeader(bytes, base, total + value.entryBytes, count + 1);
  value.writeEntry(bytes, base + LISTPACK_HEADER_BYTES);
  setLeafGap(view, leaf, leafGap(view, leaf) - value.entryBytes);
}

/** Puts `value` behind all elements of a listpack, behind which there is room for it. */
export function appendBehind(bytes: Uint8Array, base: number, value: ListpackValue, count: number): void {
  const total = totalBytes(bytes, base);
  bytes[value.writeEntry(bytes, base + total - 1)] = LISTPACK_END;
  writeListpackHeader(bytes, base, total + value.entryBytes, count + 1);
}

/** Removes the first `count` elements, those before the element at `at`: they become part of the gap. */
export function removeIntoGap(view: HeapView, leaf: Pointer, at: number, count: number): void {
  const bytes = view.bytesOf(leaf);
  const base = leafBase(view, leaf);
  const removed = at - LISTPACK_HEADER_BYTES;
  const left = headerCount(bytes, base) - count;
  writeListpackHeader(bytes, base + removed, totalBytes(bytes, base) - removed, left);
  setLeafGap(view, leaf, leafGap(view, leaf) + removed);
}

/** Removes the elements from the one at `at` to the last, of which `count` are left. */
export function truncateAt(bytes: Uint8Array, base: number, at: number, count: number): void {
  writeListpackHeader(bytes, base, at + 1, count);
  bytes[base + at] = LISTPACK_END;
}
