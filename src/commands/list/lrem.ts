import { oneKey } from '../../dispatch/command.ts';
import { defineCommand } from '../../dispatch/define-command.ts';
import { EVENT_LIST } from '../../keyspace/keyspace-events.ts';
import type { ListValue } from '../../keyspace/list-value.ts';
import type { Slice } from '../../lib/slice.ts';
import { deleteIfEmpty } from './list-end.ts';
import { openList } from './open-list.ts';

export const lrem = defineCommand({
  name: 'lrem',
  summary:
    'Removes the elements of a list that are equal to another: all with a count of 0, else as many from the head or, with a negative count, from the tail.',
  since: '1.0.0',
  group: 'list',
  complexity: 'O(N+M) where N is the length of the list and M is the number of elements removed.',
  syntax: 'key count element',
  arity: 4,
  flags: ['write'],
  keys: oneKey('RW', 'delete'),
  run(context) {
    const { args, database, keyspace, reply } = context;
    const key = args.at(1);
    const element = args.at(3);
    const count = context.position(2);
    const list = openList(context, key);
    if (list === null) {
      reply.integer(0);
      return;
    }
    const { length } = list;
    const limit = count === 0 ? length : Math.abs(count);
    const start = count < 0 ? startFromTail(list, element, limit) : startFromHead(list, element);
    if (start >= 0) {
      list.removeEqual(start, element, limit);
      const removed = length - list.length;
      database.changed(key, EVENT_LIST, 'lrem');
      keyspace.dirty += removed - 1;
      deleteIfEmpty(context, list, key);
      reply.integer(removed);
    } else {
      reply.integer(0);
    }
  },
});

/** Where the first equal element is; -1 when there is none. */
function startFromHead(list: ListValue, element: Slice): number {
  const { cursor } = list;
  const wanted = list.comparand(element);
  for (let found = list.seek(0); found; found = cursor.next()) if (cursor.equals(wanted)) return cursor.index;
  return -1;
}

/** Where the first one of the last `limit` equal elements is; -1 when there is none. */
function startFromTail(list: ListValue, element: Slice, limit: number): number {
  const { cursor } = list;
  const wanted = list.comparand(element);
  let start = -1;
  let matches = 0;
  for (let found = list.seek(list.length - 1); found && matches < limit; found = cursor.previous()) {
    if (!cursor.equals(wanted)) continue;
    start = cursor.index;
    matches++;
  }
  return start;
}
