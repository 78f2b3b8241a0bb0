/**
 * What the bitmap commands do with the bytes of a string's entry.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { encodingOf, NULL, type Pointer, STRING_RAW } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import type { StringValues } from '../../keyspace/string-value.ts';
import { Slice } from '../../lib/slice.ts';

const EMPTY = Slice.from('');

/** The byte at `offset`, which must lie in the string. */
export function byteAt(values: StringValues, entry: Pointer, offset: number): number {
  values.seek(entry, offset, offset + 1);
  return values.bytes[values.start];
}

/** Bytes of the string; 0 where there is none. */
export function lengthOf(context: CommandContext, entry: Pointer): number {
  return entry === NULL ? 0 : context.keyspace.stringValues.length(entry);
}

/** True when the string is kept as bytes only, as OBJECT ENCODING tells: writing bits makes every string so. */
export function isRaw(context: CommandContext, entry: Pointer): boolean {
  return encodingOf(context.keyspace.heap, entry) === STRING_RAW;
}

/**
 * Writes bytes into the string at `key`, which grows as needed. `entry` is what the last look-up of the database
 * answered for the key: null makes a new string.
 */
export function writeBytes(context: CommandContext, key: Slice, entry: Pointer, offset: number, bytes: Slice): void {
  const { database } = context;
  let target = entry;
  if (target === NULL) {
    database.addString(key, EMPTY, NO_DEADLINE, STRING_RAW);
    target = database.peek(key);
  }
  database.writeStringFound(target, offset, bytes);
}
