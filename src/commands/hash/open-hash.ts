import type { CommandContext } from '../../dispatch/command-context.ts';
import type { HashValue } from '../../keyspace/hash-value.ts';
import { NULL, TYPE_HASH } from '../../keyspace/key-entry.ts';
import type { Slice } from '../../lib/slice.ts';

/** The hash at `key`, for reading; null when there is none. */
export function readHash(context: CommandContext, key: Slice): HashValue | null {
  const entry = context.read(key, TYPE_HASH);
  return entry === NULL ? null : context.keyspace.hash.open(context.database, key, entry);
}

/** The hash at `key`, for changing it; null when there is none. */
export function openHash(context: CommandContext, key: Slice): HashValue | null {
  const entry = context.write(key, TYPE_HASH);
  return entry === NULL ? null : context.keyspace.hash.open(context.database, key, entry);
}

/** The hash at `key`, a new one where there is none: the caller sets this field of it at once. */
export function openOrCreateHash(context: CommandContext, key: Slice, field: Slice, value: Slice): HashValue {
  return openHash(context, key) ?? context.keyspace.hash.createFor(context.database, key, field, value);
}
