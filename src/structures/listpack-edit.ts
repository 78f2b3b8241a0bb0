import { invariant } from '../lib/invariant.ts';
import { copyBytes, moveBytes } from './byte-runs.ts';
import {
  COUNT_UNKNOWN,
  count,
  EMPTY_LISTPACK_BYTES,
  endOffset,
  entryBytesAt,
  headerCount,
  LISTPACK_HEADER_BYTES,
  NO_ELEMENT,
  totalBytes,
} from './listpack.ts';
import { backLengthBytes, encodedBytesAt, LISTPACK_END, type ListpackValue } from './listpack-encoding.ts';
import { writeInt32 } from './little-endian.ts';

/**
 * Changing a listpack in place; see `listpack.ts` for the format and for what `base` and `at` are.
 *
 * Nothing here allocates or checks room: whoever changes a listpack asks first how large it will be (the functions
 * named `sizeAfter…`) and provides that many bytes from `base` on. The result is byte for byte what Redis 7.0 has
 * after the same changes.
 */

/** Writes a listpack without elements, of {@link EMPTY_LISTPACK_BYTES}. */
export function writeEmpty(bytes: Uint8Array, base: number): void {
  writeInt32(bytes, base, EMPTY_LISTPACK_BYTES);
  writeCount(bytes, base, 0);
  bytes[base + LISTPACK_HEADER_BYTES] = LISTPACK_END;
}

/** The size once `value` is appended or inserted anywhere. */
export function sizeAfterInsert(bytes: Uint8Array, base: number, value: ListpackValue): number {
  return totalBytes(bytes, base) + value.entryBytes;
}

/** The size once `value` takes the place of the element at `at`. */
export function sizeAfterReplace(bytes: Uint8Array, base: number, at: number, value: ListpackValue): number {
  return totalBytes(bytes, base) + value.entryBytes - entryBytesAt(bytes, base, at);
}

/** The size once the elements of a second listpack are appended. */
export function sizeAfterMerge(bytes: Uint8Array, base: number, other: Uint8Array, otherBase: number): number {
  return totalBytes(bytes, base) + totalBytes(other, otherBase) - EMPTY_LISTPACK_BYTES;
}

/** Appends `value` and answers where it is. */
export function append(bytes: Uint8Array, base: number, value: ListpackValue): number {
  const at = endOffset(bytes, base);
  insertBefore(bytes, base, at, value);
  return at;
}

/** Puts `value` before the element at `at`, or at the end when `at` is `endOffset`; afterwards `at` names it. */
export function insertBefore(bytes: Uint8Array, base: number, at: number, value: ListpackValue): void {
  requireApart(bytes, base, value);
  resizeEntry(bytes, base, at, 0, value.entryBytes);
  value.writeEntry(bytes, base + at);
  addToCount(bytes, base, 1);
}

/** Puts `value` in the place of the element at `at`, which names it afterwards. */
export function replace(bytes: Uint8Array, base: number, at: number, value: ListpackValue): void {
  requireApart(bytes, base, value);
  resizeEntry(bytes, base, at, entryBytesAt(bytes, base, at), value.entryBytes);
  value.writeEntry(bytes, base + at);
}

/**
 * Removes the element at `at`, and with `elements` that many from there on or as many as there are. Answers where the
 * element behind them is now (which is `at`), or {@link NO_ELEMENT}.
 */
export function remove(bytes: Uint8Array, base: number, at: number, elements = 1): number {
  const end = endOffset(bytes, base);
  let removed = 0;
  let following = at;
  while (removed < elements && following !== end) {
    following += entryBytesAt(bytes, base, following);
    removed++;
  }
  resizeEntry(bytes, base, at, following - at, 0);
  addToCount(bytes, base, -removed);
  return bytes[base + at] === LISTPACK_END ? NO_ELEMENT : at;
}

/**
 * Removes the first `limit` elements from the one at `at` on that are equal to `value`, or as many as there are, in one
 * pass. Answers how many.
 */
export function removeEqual(bytes: Uint8Array, base: number, at: number, value: ListpackValue, limit: number): number {
  let removed = 0;
  let target = base + at;
  // What stays is moved in runs from one removed element to the next.
  let run = target;
  let offset = target;
  while (removed < limit && bytes[offset] !== LISTPACK_END) {
    const encoded = encodedBytesAt(bytes, offset);
    const following = offset + encoded + backLengthBytes(encoded);
    if (value.equalsEntry(bytes, offset, encoded)) {
      moveBytes(bytes, run, offset, target);
      target += offset - run;
      run = following;
      removed++;
    }
    offset = following;
  }
  if (removed === 0) return 0;
  const end = base + totalBytes(bytes, base);
  moveBytes(bytes, run, end, target);
  writeInt32(bytes, base, target + end - run - base);
  addToCount(bytes, base, -removed);
  return removed;
}

/** Appends all elements of a second listpack, which stays as it is and must not be the same one. */
export function merge(bytes: Uint8Array, base: number, other: Uint8Array, otherBase: number): void {
  const total = totalBytes(bytes, base);
  const merged = sizeAfterMerge(bytes, base, other, otherBase);
  const elements = count(bytes, base) + count(other, otherBase);
  // The end of the other one comes along with its entries.
  const otherEnd = otherBase + totalBytes(other, otherBase);
  copyBytes(other, otherBase + LISTPACK_HEADER_BYTES, otherEnd, bytes, base + total - 1);
  writeInt32(bytes, base, merged);
  writeCount(bytes, base, Math.min(elements, COUNT_UNKNOWN));
}

/** The size of a listpack of the entries from `from` to before `to`; `to` may be `endOffset`. */
export function sizeOfRange(from: number, to: number): number {
  return EMPTY_LISTPACK_BYTES + (to - from);
}

/**
 * Writes a listpack of the entries from `from` to before `to` (which may be `endOffset`) into another place, of
 * {@link sizeOfRange} bytes. `elements` is how many entries these are.
 */
export function copyRange(
  bytes: Uint8Array,
  base: number,
  from: number,
  to: number,
  elements: number,
  target: Uint8Array,
  targetBase: number,
): void {
  const size = sizeOfRange(from, to);
  writeInt32(target, targetBase, size);
  writeCount(target, targetBase, Math.min(elements, COUNT_UNKNOWN));
  copyBytes(bytes, base + from, base + to, target, targetBase + LISTPACK_HEADER_BYTES);
  target[targetBase + size - 1] = LISTPACK_END;
}

/** Stores the count where the header does not say it and could: a listpack from elsewhere need not. */
export function recordCount(bytes: Uint8Array, base: number): void {
  if (headerCount(bytes, base) !== COUNT_UNKNOWN) return;
  writeCount(bytes, base, Math.min(count(bytes, base), COUNT_UNKNOWN));
}

/** Makes `before` bytes at `at` be `after` bytes, moves what follows and adapts the total. */
function resizeEntry(bytes: Uint8Array, base: number, at: number, before: number, after: number): void {
  if (before === after) return;
  const total = totalBytes(bytes, base);
  moveBytes(bytes, base + at + before, base + total, base + at + after);
  writeInt32(bytes, base, total + after - before);
}

function addToCount(bytes: Uint8Array, base: number, difference: number): void {
  const known = headerCount(bytes, base);
  if (known !== COUNT_UNKNOWN) writeCount(bytes, base, known + difference);
}

function writeCount(bytes: Uint8Array, base: number, elements: number): void {
  bytes[base + 4] = elements;
  bytes[base + 5] = elements >> 8;
}

function requireApart(bytes: Uint8Array, base: number, value: ListpackValue): void {
  if (value.isInteger || value.bytes !== bytes) return;
  const overlaps = value.start < base + totalBytes(bytes, base) && value.end > base;
  invariant(!overlaps, 'a value to be stored lies in the listpack that is changed');
}
