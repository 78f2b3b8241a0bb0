/**
 * Walks over the elements of packed values: ziplists, zipmaps and listpacks as they stand in files. {@link open} checks
 * the whole of one first, so that the walk can go nowhere else.
 */
import type { Slice } from '../../../lib/slice.ts';

/** Elements are slices of what was opened, or of digits kept for it; an element is valid until the next but one. */
export interface PackedReader {
  /** What is read, for messages. */
  readonly name: 'listpack' | 'ziplist' | 'zipmap';
  /** Elements of what was opened. */
  readonly count: number;
  /** Checks `bytes[start, end)` and goes before its first element. Answers null, or what is wrong. */
  open(bytes: Uint8Array, start: number, end: number): string | null;
  /** Points `target` at the next element; to be called {@link count} times. */
  next(target: Slice): Slice;
}

/** What is wrong where an element is there twice that may be there once. */
export function withDuplicates({ name }: PackedReader): string {
  return `${name} with dup elements`;
}
