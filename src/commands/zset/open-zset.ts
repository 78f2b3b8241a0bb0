import type { CommandContext } from '../../dispatch/command-context.ts';
import { NULL, TYPE_ZSET } from '../../keyspace/key-entry.ts';
import type { ZsetValue } from '../../keyspace/zset-value.ts';
import type { Slice } from '../../lib/slice.ts';

/** The sorted set at `key`, for reading; null when there is none. */
export function readZset(context: CommandContext, key: Slice): ZsetValue | null {
  const entry = context.read(key, TYPE_ZSET);
  return entry === NULL ? null : context.keyspace.zset.open(context.database, key, entry);
}

/** The sorted set at `key`, for changing it; null when there is none. */
export function openZset(context: CommandContext, key: Slice): ZsetValue | null {
  const entry = context.write(key, TYPE_ZSET);
  return entry === NULL ? null : context.keyspace.zset.open(context.database, key, entry);
}
