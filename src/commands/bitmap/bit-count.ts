/**
 * Counts and finds bits in ranges of bytes, a word at a time.
 */
import { WordView } from './word-view.ts';

const BITS_OF_BYTE = new Uint8Array(256);
for (let byte = 1; byte < 256; byte++) BITS_OF_BYTE[byte] = BITS_OF_BYTE[byte >>> 1] + (byte & 1);

const view = new WordView();

/** Bits that are set in a byte. */
export function bitsOf(byte: number): number {
  return BITS_OF_BYTE[byte];
}

/** Bits that are set in `bytes[start, end)`. */
export function countBits(bytes: Uint8Array, start: number, end: number): number {
  if (!view.cover(bytes, start, end)) return countBytes(bytes, start, end);
  const { words, first, last } = view;
  let count = countBytes(bytes, start, first << 2) + countBytes(bytes, last << 2, end);
  // Sums of ever wider groups of bits within the word; the product adds up its four bytes.
  for (let i = first; i < last; i++) {
    let word = words[i];
    word -= (word >>> 1) & 0x55555555;
    word = (word & 0x33333333) + ((word >>> 2) & 0x33333333);
    count += Math.imul((word + (word >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return count;
}

function countBytes(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let i = start; i < end; i++) count += BITS_OF_BYTE[bytes[i]];
  return count;
}

/** Where the first byte of `bytes[start, end)` lies that is not `byte`, which is 0 or 255; `end` if all are. */
export function skipBytes(bytes: Uint8Array, start: number, end: number, byte: 0 | 255): number {
  let at = start;
  if (view.cover(bytes, start, end)) {
    const { words, first, last } = view;
    for (; at < first << 2; at++) if (bytes[at] !== byte) return at;
    const word = byte === 0 ? 0 : -1;
    let i = first;
    while (i < last && words[i] === word) i++;
    at = i << 2;
  }
  while (at < end && bytes[at] === byte) at++;
  return at;
}
