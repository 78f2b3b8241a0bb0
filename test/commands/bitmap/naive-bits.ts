/**
 * Strings as plain arrays of bytes, and bits of them one by one: what the bitmap commands are compared with.
 */
import { Slice } from '../../../src/lib/slice.ts';
import { NULL } from '../../../src/memory/layout.ts';
import type { CommandSession } from '../../support/command-session.ts';

/** What one leaf of a long string holds. */
export const LEAF_BYTES = 21_816;

export function bitAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset >>> 3] ?? 0) >>> (7 - (offset & 7))) & 1;
}

/** The bits from `first` through `last`. */
export function bitsIn(bytes: Uint8Array, first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => bitAt(bytes, first + i));
}

/** The bytes at `key`; null where there is none. */
export function contentOf(s: CommandSession, key: string): Uint8Array | null {
  const { database } = s.session;
  const entry = database.find(Slice.from(key));
  if (entry === NULL) return null;
  const { stringValues } = s.engine.keyspace;
  return stringValues.copy(entry, 0, stringValues.length(entry));
}
