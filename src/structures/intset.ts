import { moveBytes } from './byte-runs.ts';
import { Int64 } from './int64.ts';
import { readInt16, readInt32, writeInt32 } from './little-endian.ts';

/**
 * A sorted array of different integers in Redis's own byte format (`intset.c` of 7.0):
 *
 *     <bytes per member, 4> <member count, 4> <member> <member> ...
 *
 * All little-endian; a member has 2, 4 or 8 bytes, signed. The width grows when a member needs it and never shrinks.
 *
 * An intset lies in an array at `base`. Members are passed as {@link Int64}, so that no width allocates. Nothing here
 * checks room: whoever inserts asks {@link sizeAfterInsert} first and provides that many bytes from `base` on.
 */

/** The bytes before the first member: the size of an intset without members. */
export const INTSET_HEADER_BYTES = 8;

/** Writes an intset without members, of {@link INTSET_HEADER_BYTES}. */
export function writeEmpty(bytes: Uint8Array, base: number): void {
  writeInt32(bytes, base, 2);
  writeInt32(bytes, base + 4, 0);
}

/** How many bytes each member takes: 2, 4 or 8. */
function memberBytes(bytes: Uint8Array, base: number): number {
  return bytes[base];
}

/** How many members there are. */
export function count(bytes: Uint8Array, base: number): number {
  return readInt32(bytes, base + 4) >>> 0;
}

/** The size of the intset, header included. */
export function totalBytes(bytes: Uint8Array, base: number): number {
  return INTSET_HEADER_BYTES + count(bytes, base) * memberBytes(bytes, base);
}

/** Sets `member` to the one at `index`, in ascending order; `index` must be below {@link count}. */
export function get(bytes: Uint8Array, base: number, index: number, member: Int64): Int64 {
  const width = memberBytes(bytes, base);
  const offset = base + INTSET_HEADER_BYTES + index * width;
  const low = width === 2 ? readInt16(bytes, offset) : readInt32(bytes, offset);
  member.low = low;
  member.high = width === 8 ? readInt32(bytes, offset + 4) : low >> 31;
  return member;
}

/** Sets `member` to the least one; the intset must not be empty. */
export function min(bytes: Uint8Array, base: number, member: Int64): Int64 {
  return get(bytes, base, 0, member);
}

/** Sets `member` to the greatest one; the intset must not be empty. */
export function max(bytes: Uint8Array, base: number, member: Int64): Int64 {
  return get(bytes, base, count(bytes, base) - 1, member);
}

/** The index of `value`, or `~index` (which is negative) of where it would have to be inserted. */
export function search(bytes: Uint8Array, base: number, value: Int64): number {
  const width = memberBytes(bytes, base);
  const members = count(bytes, base);
  const { high, low } = value;
  if (widthOf(value) > width) return high < 0 ? ~0 : ~members;
  const from = base + INTSET_HEADER_BYTES;
  let least = 0;
  let greatest = members - 1;
  while (least <= greatest) {
    const middle = (least + greatest) >>> 1;
    const offset = from + middle * width;
    const memberLow = width === 2 ? readInt16(bytes, offset) : readInt32(bytes, offset);
    const memberHigh = width === 8 ? readInt32(bytes, offset + 4) : memberLow >> 31;
    if (memberLow === low && memberHigh === high) return middle;
    if (memberHigh < high || (memberHigh === high && memberLow >>> 0 < low >>> 0)) least = middle + 1;
    else greatest = middle - 1;
  }
  return ~least;
}

export function contains(bytes: Uint8Array, base: number, value: Int64): boolean {
  return search(bytes, base, value) >= 0;
}

/** The size once `value`, which is not yet a member, is inserted. */
export function sizeAfterInsert(bytes: Uint8Array, base: number, value: Int64): number {
  const width = Math.max(memberBytes(bytes, base), widthOf(value));
  return INTSET_HEADER_BYTES + (count(bytes, base) + 1) * width;
}

/** Inserts `value`; answers false when it was a member already. */
export function insert(bytes: Uint8Array, base: number, value: Int64): boolean {
  const found = search(bytes, base, value);
  if (found >= 0) return false;
  insertAt(bytes, base, ~found, value);
  return true;
}

/** Inserts `value`, which is not a member, at the `index` that {@link search} has answered the complement of. */
export function insertAt(bytes: Uint8Array, base: number, index: number, value: Int64): void {
  const width = memberBytes(bytes, base);
  const members = count(bytes, base);
  const needed = widthOf(value);
  if (needed > width) {
    widen(bytes, base, needed, index === 0 ? 1 : 0);
    write(bytes, base, index, value, needed);
  } else {
    const from = base + INTSET_HEADER_BYTES + index * width;
    moveBytes(bytes, from, base + INTSET_HEADER_BYTES + members * width, from + width);
    write(bytes, base, index, value, width);
  }
  writeInt32(bytes, base + 4, members + 1);
}

/** Removes `value`; answers false when it was not a member. */
export function remove(bytes: Uint8Array, base: number, value: Int64): boolean {
  const index = search(bytes, base, value);
  if (index < 0) return false;
  removeAt(bytes, base, index);
  return true;
}

/** Removes the member at `index`, which must be below {@link count}. */
export function removeAt(bytes: Uint8Array, base: number, index: number): void {
  const width = memberBytes(bytes, base);
  const members = count(bytes, base);
  const from = base + INTSET_HEADER_BYTES + index * width;
  moveBytes(bytes, from + width, base + INTSET_HEADER_BYTES + members * width, from);
  writeInt32(bytes, base + 4, members - 1);
}

/**
 * Checks an intset that comes from outside: `bytes[start, end)` must be one whole intset with at least one member.
 * Answers null when it is, else the reason why not. Nothing outside the range is read. With `deep`, the order of the
 * members is checked too. Accepted is what Redis 7.0 accepts (`intsetValidateIntegrity`).
 */
export function validateIntset(bytes: Uint8Array, start: number, end: number, deep: boolean): string | null {
  const size = end - start;
  if (size < INTSET_HEADER_BYTES) return 'intset shorter than its header';
  const width = readInt32(bytes, start);
  if (width !== 2 && width !== 4 && width !== 8) return 'intset has an unknown member size';
  const members = count(bytes, start);
  if (INTSET_HEADER_BYTES + members * width !== size) return 'intset header does not have the actual size';
  if (members === 0) return 'intset without members';
  if (!deep) return null;
  const previous = new Int64();
  const member = new Int64();
  get(bytes, start, 0, previous);
  for (let i = 1; i < members; i++) {
    if (get(bytes, start, i, member).compare(previous) <= 0) return 'intset members are not in ascending order';
    previous.set(member);
  }
  return null;
}

/** The least size of the members of an intset that holds `value`, in bytes. */
export function widthOf(value: Int64): number {
  if (value.high !== value.low >> 31) return 8;
  return value.low >= -32_768 && value.low <= 32_767 ? 2 : 4;
}

/** Rewrites all members with `width` bytes each, leaving room for `before` members at the front. */
function widen(bytes: Uint8Array, base: number, width: number, before: number): void {
  // From the last to the first: a member's new place never reaches one that is still to be read.
  for (let i = count(bytes, base) - 1; i >= 0; i--) write(bytes, base, i + before, get(bytes, base, i, moved), width);
  writeInt32(bytes, base, width);
}

const moved = new Int64();

function write(bytes: Uint8Array, base: number, index: number, member: Int64, width: number): void {
  const offset = base + INTSET_HEADER_BYTES + index * width;
  if (width === 2) {
    bytes[offset] = member.low;
    bytes[offset + 1] = member.low >> 8;
    return;
  }
  writeInt32(bytes, offset, member.low);
  if (width === 8) writeInt32(bytes, offset + 4, member.high);
}
