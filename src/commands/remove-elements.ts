/**
 * What HDEL, SREM and ZREM have in common.
 */
import type { CommandContext } from '../dispatch/command-context.ts';
import { EVENT_GENERIC } from '../keyspace/keyspace-events.ts';
import type { Slice } from '../lib/slice.ts';

/** A collection from which elements are removed by name. */
interface Removable {
  delete(element: Slice): boolean;
  removeIfEmpty(): boolean;
}

/**
 * Removes the elements that the arguments from the third on name, and the key with its last one; answers how many there
 * were. `collection` is the value at the first argument, null where there is none.
 */
export function removeElements(
  context: CommandContext,
  collection: Removable | null,
  eventClass: number,
  event: string,
): void {
  const { args, database, keyspace, reply } = context;
  const key = args.at(1);
  let removed = 0;
  let isGone = false;
  for (let i = 2; i < args.count && collection !== null && !isGone; i++) {
    if (!collection.delete(args.at(i))) continue;
    removed++;
    isGone = collection.removeIfEmpty();
  }
  if (removed > 0) {
    database.changed(key, eventClass, event);
    if (isGone) database.notify(key, EVENT_GENERIC, 'del');
    keyspace.dirty += removed - 1;
  }
  reply.integer(removed);
}
