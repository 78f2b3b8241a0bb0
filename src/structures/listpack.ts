import {
  backLengthBytes,
  encodedBytesAt,
  LISTPACK_END,
  type ListpackValue,
  readBackLength,
} from './listpack-encoding.ts';
import { readInt32 } from './little-endian.ts';

/**
 * Reading a listpack: a compact sequence of strings and integers in Redis's own byte format (`listpack.c` of 7.0):
 *
 *     <total bytes, 4> <element count, 2> <entry> <entry> ... <0xff>
 *
 * Both numbers are little-endian. The count is 65,535 when it is that or more, or merely not known; then counting
 * means walking. Entries are described in `listpack-encoding.ts`; changes are in `listpack-edit.ts`.
 *
 * A listpack lies in an array at `base`. An element is named by `at`, its offset from `base`, so that it keeps its
 * name when the listpack is copied elsewhere. 0 names no element. What these functions read must have been built
 * here or accepted by `validateListpack`: they check nothing.
 */

/** The bytes before the first entry. */
export const LISTPACK_HEADER_BYTES = 6;
/** The size of a listpack without elements. */
export const EMPTY_LISTPACK_BYTES = LISTPACK_HEADER_BYTES + 1;
/** What the count in the header says when it does not say. */
export const COUNT_UNKNOWN = 0xffff;
/** Where an element would be named, there is none. */
export const NO_ELEMENT = 0;

/** The size of the listpack, header and end included. */
export function totalBytes(bytes: Uint8Array, base: number): number {
  return readInt32(bytes, base) >>> 0;
}

/** The count as the header has it; possibly {@link COUNT_UNKNOWN}. */
export function headerCount(bytes: Uint8Array, base: number): number {
  return bytes[base + 4] | (bytes[base + 5] << 8);
}

/** How many elements there are. It takes a walk when the header does not say. */
export function count(bytes: Uint8Array, base: number): number {
  const known = headerCount(bytes, base);
  if (known !== COUNT_UNKNOWN) return known;
  let elements = 0;
  for (let at = first(bytes, base); at !== NO_ELEMENT; at = next(bytes, base, at)) elements++;
  return elements;
}

/** The offset of the byte that ends the listpack: where an appended element would begin. */
export function endOffset(bytes: Uint8Array, base: number): number {
  return totalBytes(bytes, base) - 1;
}

/** The size of the entry at `at`, back length included. */
export function entryBytesAt(bytes: Uint8Array, base: number, at: number): number {
  const encoded = encodedBytesAt(bytes, base + at);
  return encoded + backLengthBytes(encoded);
}

export function first(bytes: Uint8Array, base: number): number {
  return bytes[base + LISTPACK_HEADER_BYTES] === LISTPACK_END ? NO_ELEMENT : LISTPACK_HEADER_BYTES;
}

export function last(bytes: Uint8Array, base: number): number {
  return previous(bytes, base, endOffset(bytes, base));
}

/** The element after the one at `at`. */
export function next(bytes: Uint8Array, base: number, at: number): number {
  const following = at + entryBytesAt(bytes, base, at);
  return bytes[base + following] === LISTPACK_END ? NO_ELEMENT : following;
}

/** The element before the one at `at`; `at` may be {@link endOffset}. */
export function previous(bytes: Uint8Array, base: number, at: number): number {
  if (at === LISTPACK_HEADER_BYTES) return NO_ELEMENT;
  const encoded = readBackLength(bytes, base + at - 1);
  return at - encoded - backLengthBytes(encoded);
}

/** The element at `index`, from the nearer end; negative indexes count from the last element, which is -1. */
export function seek(bytes: Uint8Array, base: number, index: number): number {
  const known = headerCount(bytes, base);
  let steps = index;
  if (known !== COUNT_UNKNOWN) {
    if (index >= known || index < -known) return NO_ELEMENT;
    if (index < 0) steps = index + known;
    if (steps > known / 2) steps -= known;
  }
  return steps >= 0 ? forth(bytes, base, steps) : back(bytes, base, -steps);
}

/** The element `steps` behind the first one. Short elements, which most are, are passed over without a call. */
function forth(bytes: Uint8Array, base: number, steps: number): number {
  let offset = base + LISTPACK_HEADER_BYTES;
  for (let left = steps; left > 0; left--) {
    const head = bytes[offset];
    // A byte and its back length; a string of up to 63 bytes with its head and its back length.
    if (head < 0x80) offset += 2;
    else if (head < 0xc0) offset += 2 + (head & 0x3f);
    else if (head === LISTPACK_END) return NO_ELEMENT;
    else offset += entryBytesAt(bytes, base, offset - base);
  }
  return bytes[offset] === LISTPACK_END ? NO_ELEMENT : offset - base;
}

/** The element `steps` before the end. */
function back(bytes: Uint8Array, base: number, steps: number): number {
  const start = base + LISTPACK_HEADER_BYTES;
  let offset = base + endOffset(bytes, base);
  for (let left = steps; left > 0; left--) {
    if (offset === start) return NO_ELEMENT;
    const size = bytes[offset - 1];
    if (size < 0x80) offset -= size + 1;
    else offset = base + previous(bytes, base, offset - base);
  }
  return offset - base;
}

/**
 * The first element from `at` on that is equal to `value`, comparing one element and then passing over `skip`:
 * fields of a hash are found with a `skip` of 1. `at` may be {@link NO_ELEMENT}.
 */
export function find(bytes: Uint8Array, base: number, at: number, value: ListpackValue, skip: number): number {
  if (at === NO_ELEMENT) return NO_ELEMENT;
  let offset = base + at;
  let toSkip = 0;
  while (bytes[offset] !== LISTPACK_END) {
    const encoded = encodedBytesAt(bytes, offset);
    if (toSkip > 0) {
      toSkip--;
    } else {
      if (value.equalsEntry(bytes, offset, encoded)) return offset - base;
      toSkip = skip;
    }
    offset += encoded + backLengthBytes(encoded);
  }
  return NO_ELEMENT;
}
