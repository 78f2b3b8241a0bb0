/**
 * HyperLogLogs as values of keys.
 */
import type { CommandContext } from '../../dispatch/command-context.ts';
import { KEEP_DEADLINE } from '../../keyspace/database.ts';
import { NULL, type Pointer, STRING_RAW } from '../../keyspace/key-entry.ts';
import { NO_DEADLINE } from '../../keyspace/key-table.ts';
import { Slice } from '../../lib/slice.ts';
import { checkHeader, DENSE, ENCODING_AT, HEADER_BYTES, MAX_SPARSE_BYTES } from './layout.ts';
import type { Sketch } from './sketch.ts';

const stored = new Slice(new Uint8Array(0), 0, 0);

/**
 * Points `slice` at the string of an entry, which must be a HyperLogLog by its header and length. Valid until the next
 * change.
 *
 * @throws ReplyError when it is none.
 */
export function openHyperLogLog(context: CommandContext, entry: Pointer, slice: Slice): Slice {
  const values = context.keyspace.stringValues;
  const length = values.length(entry);
  if (length > MAX_SPARSE_BYTES) {
    // None for sure: it is not looked at as a whole.
    values.seek(entry, 0, HEADER_BYTES);
    checkHeader(slice.point(values.bytes, values.start, values.end), length);
  }
  values.slice(entry, slice);
  checkHeader(slice, length);
  return slice;
}

export function isDense(string: Slice): boolean {
  return string.byteAt(ENCODING_AT) === DENSE;
}

/** Puts a HyperLogLog under `key`, for which the last look-up of the database answered `entry`, or null. */
export function storeSketch(context: CommandContext, key: Slice, entry: Pointer, sketch: Sketch): void {
  const { database, keyspace } = context;
  stored.point(sketch.bytes, 0, sketch.length);
  if (entry === NULL) database.addString(key, stored, NO_DEADLINE, STRING_RAW);
  else if (sketch.length < keyspace.stringValues.length(entry)) {
    database.setStringFound(entry, stored, KEEP_DEADLINE, STRING_RAW);
  } else database.writeStringFound(entry, 0, stored);
}
