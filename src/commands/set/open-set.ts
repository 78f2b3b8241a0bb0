import type { CommandContext } from '../../dispatch/command-context.ts';
import { NULL, TYPE_SET } from '../../keyspace/key-entry.ts';
import type { SetValue } from '../../keyspace/set-value.ts';
import type { Slice } from '../../lib/slice.ts';

/** The set at `key`, for reading; null when there is none. */
export function readSet(context: CommandContext, key: Slice): SetValue | null {
  const entry = context.read(key, TYPE_SET);
  return entry === NULL ? null : context.keyspace.set.open(context.database, key, entry);
}

/** The set at `key`, for changing it; null when there is none. */
export function openSet(context: CommandContext, key: Slice): SetValue | null {
  const entry = context.write(key, TYPE_SET);
  return entry === NULL ? null : context.keyspace.set.open(context.database, key, entry);
}
