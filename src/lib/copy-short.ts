/**
 * Copies `source[start, end)`, a few dozen bytes at the most, to `target` at `offset`; the two must not overlap. Four at
 * a time, which takes two thirds of the time of one by one, and less than calling the engine's copy.
 */
export function copyShort(source: Uint8Array, start: number, end: number, target: Uint8Array, offset: number): void {
  let from = start;
  let to = offset;
  for (; from + 4 <= end; from += 4, to += 4) {
    target[to] = source[from];
    target[to + 1] = source[from + 1];
    target[to + 2] = source[from + 2];
    target[to + 3] = source[from + 3];
  }
  for (; from < end; from++, to++) target[to] = source[from];
}
