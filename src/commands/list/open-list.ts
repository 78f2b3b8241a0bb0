import type { CommandContext } from '../../dispatch/command-context.ts';
import { NULL, TYPE_LIST } from '../../keyspace/key-entry.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import type { Slice } from '../../lib/slice.ts';

/** The list at `key`, for reading; null when there is none. */
export function readList(context: CommandContext, key: Slice): ListValue | null {
  const entry = context.read(key, TYPE_LIST);
  return entry === NULL ? null : context.keyspace.list.open(context.database, key, entry);
}

/** The list at `key`, for changing it; null when there is none. */
export function openList(context: CommandContext, key: Slice): ListValue | null {
  const entry = context.write(key, TYPE_LIST);
  return entry === NULL ? null : context.keyspace.list.open(context.database, key, entry);
}
