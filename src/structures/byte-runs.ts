/**
 * Copying runs of bytes. A call into the engine's copy costs more than copying a short run in a loop.
 */

import { copyShort } from '../lib/copy-short.ts';

const LONGEST_LOOP = 64;

/** Copies `source[start, end)` to `target` at `offset`; the two must not overlap. */
export function copyBytes(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): void {
  if (end - start > LONGEST_LOOP) {
    target.set(source.subarray(start, end), offset);
    return;
  }
  copyShort(source, start, end, target, offset);
}

/** Moves `bytes[start, end)` to `target` in the same array; the two may overlap. */
export function moveBytes(bytes: Uint8Array, start: number, end: number, target: number): void {
  if (target === start) return;
  if (end - start > LONGEST_LOOP) {
    bytes.copyWithin(target, start, end);
  } else if (target < start) {
    for (let from = start, to = target; from < end; from++, to++) bytes[to] = bytes[from];
  } else {
    for (let from = end - 1, to = target + (end - 1 - start); from >= start; from--, to--) bytes[to] = bytes[from];
  }
}
